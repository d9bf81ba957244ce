//! The table of the cases in a file. It is a macro, so that a case states only what differs from the defaults.

/// Defines the cases of a file. Each has a sentence, a permanent id, the requirements that it can find broken (the main one
/// first), optionally the capabilities that it needs and a stage other than `Main`, and the async function that does it.
///
/// ```text
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
            // The values that are given replace these.
            const DEFAULTS: $crate::case::Case = $crate::case::Case {
                id: $id,
                requirements: $crate::cases!(@requirements $requirements),
                needs: &[],
                stage: $crate::case::Stage::Main,
                homes: $crate::case::Homes::New,
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
