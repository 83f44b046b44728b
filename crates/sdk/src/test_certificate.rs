//! A certificate for tests.

/// A certificate for tests, as PEM, which issued itself: clients take it as the one that they trust. It
/// is for `site.test`, `secret.test`, `localhost`, `127.0.0.1`, and machines called `a`, `b`, `c`,
/// `client`, `machine`, `server` or `store`, from 2020 to 2120.
pub const TEST_CERTIFICATE: &str = include_str!("test_certificate.crt");

/// The key of [`TEST_CERTIFICATE`], as PEM. Everybody knows it: it is for nothing but tests.
pub const TEST_KEY: &str = include_str!("test_certificate.key");
