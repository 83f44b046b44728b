//! How an error type of another crate takes what lower ones return.

/// Gives the `Error` of a crate its conversions. It has to have the variants `Interrupted` and
/// `Other(anyhow::Error)`. What the user's wish to stop has ended becomes `Interrupted`, however it
/// comes; an error of the crate's own that went through `anyhow` is itself again; everything else
/// is `Other`.
///
/// Errors of lower crates that are of the same form are named with the variant that takes them:
/// `error_conversions!(Error, domi_debian => Packages)`.
#[macro_export]
macro_rules! error_conversions {
    ($ours:ident $(, $lower:ident => $variant:ident)*) => {
        impl From<anyhow::Error> for $ours {
            fn from(error: anyhow::Error) -> Self {
                if $crate::Cause::of(error.as_ref()) == $crate::Cause::Interrupted {
                    return Self::Interrupted;
                }
                let error = match error.downcast::<Self>() {
                    Ok(ours) => return ours,
                    Err(other) => other,
                };
                $(let error = match error.downcast::<$lower::Error>() {
                    Ok(lower) => return lower.into(),
                    Err(other) => other,
                };)*
                Self::Other(error)
            }
        }

        impl From<$crate::command::Error> for $ours {
            fn from(error: $crate::command::Error) -> Self {
                match error {
                    $crate::command::Error::Interrupted(_) => Self::Interrupted,
                    error => Self::Other(error.into()),
                }
            }
        }

        impl From<$crate::Interrupted> for $ours {
            fn from(_: $crate::Interrupted) -> Self {
                Self::Interrupted
            }
        }

        impl From<std::io::Error> for $ours {
            fn from(error: std::io::Error) -> Self {
                Self::Other(error.into())
            }
        }

        $(impl From<$lower::Error> for $ours {
            fn from(error: $lower::Error) -> Self {
                match error {
                    $lower::Error::Interrupted => Self::Interrupted,
                    $lower::Error::Other(error) => error.into(),
                    other => Self::$variant(other),
                }
            }
        })*
    };
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use crate::{Interrupted, command};

    mod lower {
        #[derive(Debug, thiserror::Error)]
        pub(super) enum Error {
            #[error("low")]
            Low,
            #[error("interrupted")]
            Interrupted,
            #[error("{0:#}")]
            Other(#[source] anyhow::Error),
        }

        error_conversions!(Error);
    }

    #[derive(Debug, thiserror::Error)]
    enum Error {
        #[error("own")]
        Own,
        #[error(transparent)]
        Below(lower::Error),
        #[error("interrupted")]
        Interrupted,
        #[error("{0:#}")]
        Other(#[source] anyhow::Error),
    }

    error_conversions!(Error, lower => Below);

    #[track_caller]
    fn check(error: impl Into<Error>, expected: &str) {
        let error = format!("{:?}", error.into());
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn an_error_keeps_what_it_is_whatever_it_went_through() {
        let wrapped = |error: anyhow::Error| Err::<(), _>(error).context("while").unwrap_err();
        check(anyhow::Error::new(Error::Own), "Own");
        check(wrapped(Error::Own.into()), "Own");
        check(lower::Error::Low, "Below(Low)");
        check(wrapped(lower::Error::Low.into()), "Below(Low)");
        check(lower::Error::Other(Error::Own.into()), "Own");
        check(lower::Error::Interrupted, "Interrupted");
        check(Interrupted, "Interrupted");
        check(wrapped(Interrupted.into()), "Interrupted");
        check(command::Error::Interrupted(Interrupted), "Interrupted");
        check(std::io::Error::other("x"), "Other(");
        check(anyhow::anyhow!("x"), "Other(x");
    }
}
