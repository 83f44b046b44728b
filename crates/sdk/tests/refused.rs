//! What the manifest cannot express does not compile, and the message says what to write instead.

#[test]
fn what_cannot_be_expressed_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
