//! Packages of a feature's software, and the paths of their files.

use domi_model::{Expr as Untyped, PackagePath};

use crate::{AbsolutePath, Expr, IntoExpr, Package};

/// A package of [`Feature::software`](crate::Feature::software), by its name there.
pub fn package(name: &str) -> Expr<Package> {
    Expr::from_model(Untyped::Package(name.to_owned()))
}

impl Expr<Package> {
    /// A program of the package: `cfg.package().bin("rsync")`.
    pub fn bin(&self, program: &str) -> Expr<AbsolutePath> {
        self.path(&format!("bin/{program}"))
    }

    /// A file of the package, by its path within it.
    pub fn path(&self, path: &str) -> Expr<AbsolutePath> {
        let (package, path) = (self.as_model().clone(), path.to_owned());
        Expr::from_model(Untyped::PackagePath(Box::new(PackagePath { package, path })))
    }
}

/// The name of a package of [`Feature::software`](crate::Feature::software).
impl IntoExpr<Package> for &str {
    fn into_expr(self) -> Expr<Package> {
        package(self)
    }
}

impl IntoExpr<Package> for Package {
    fn into_expr(self) -> Expr<Package> {
        package(&self.0)
    }
}
