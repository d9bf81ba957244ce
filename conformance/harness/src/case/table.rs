//! The table of a file's cases: a macro, so that each case says only what is particular to it.

/// The cases of a file, as data: a sentence, a permanent id, the requirements that it can find broken (the main one
/// first), where needed the capabilities that it cannot do without and another stage than `Main`, and the
/// async function that does it.
///
/// ```ignore
/// cases! {
///     /// A deleted record stays deleted when an older put comes late.
///     "lww/older-put-does-not-resurrect" checks [NO_RESURRECTION] needs [Snapshot] by no_resurrection;
/// }
/// ```
#[macro_export]
macro_rules! cases {
    ($(
        #[doc = $summary:literal]
        $id:literal checks $requirements:tt $(needs $needs:tt)? $(runs $stage:ident)? by $run:ident $(($($argument:expr),+))?;
    )+) => {
        /// The cases of this file.
        pub(crate) const CASES: &[$crate::case::Case] = &[$({
            // What is given takes the place of the default.
            const DEFAULTS: $crate::case::Case = $crate::case::Case {
                id: $id,
                requirements: $crate::cases!(@requirements $requirements),
                needs: &[],
                stage: $crate::case::Stage::Main,
                summary: $summary.trim_ascii(),
                run: |context| Box::pin($run(context $($(, $argument)+)?)),
            };
            $crate::case::Case {
                $(needs: $crate::cases!(@needs $needs),)?
                $(stage: $crate::case::Stage::$stage,)?
                ..DEFAULTS
            }
        }),+];
    };
    (@requirements [$($requirement:expr),+]) => { &[$($requirement),+] };
    (@requirements $requirements:ident) => { $requirements };
    (@needs [$($capability:ident),+]) => { &[$($crate::case::Capability::$capability),+] };
    (@needs $needs:ident) => { $needs };
}
