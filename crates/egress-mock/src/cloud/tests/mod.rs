//! The model's own tests: its rules, each by name, its invariants under random actions, and wrong models that both must
//! catch.

mod bench;
mod function_settings;
mod functions;
mod gateways;
mod invariants;
mod launch_templates;
mod nat_addresses;
mod networks;
mod role_policies;
mod roles;
mod walk;
mod wrong_models;

/// Makes a test of each rule, and the list of all that the wrong models are held against.
macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        /// Every rule of this file.
        pub(super) const RULES: &[(&str, fn(crate::cloud::tests::bench::Bench))] = &[$((stringify!($name), $name)),+];

        mod right {
            $(#[test] fn $name() { super::$name(crate::cloud::tests::bench::Bench::new(None)) })+
        }
    };
}
pub(crate) use rules;
