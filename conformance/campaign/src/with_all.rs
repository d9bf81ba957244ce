//! A macro for enums that are iterated over.

/// Declares an enum without data, and `ALL`: each of its values, in the order of declaration.
macro_rules! with_all {
    ($(#[$attribute:meta])* $visibility:vis enum $name:ident { $($(#[$doc:meta])* $value:ident,)+ }) => {
        $(#[$attribute])*
        $visibility enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// Each value, in the order of declaration.
            $visibility const ALL: [$name; [$(stringify!($value)),+].len()] = [$($name::$value),+];
        }
    };
}
