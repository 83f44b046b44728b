//! What is added to services that settings name.

use std::borrow::Borrow;

use domi_model::UnitKind;

use crate::place::here;
use crate::unit::kinds;
use crate::{DropIn, Expr, IntoText, Map, System};

impl System {
    /// Adds to each service that settings name: those of other features, of NixOS's own modules and
    /// of packages. The names of the attribute set are those of the services, without `.service`; the
    /// body gets what is added and the attribute's value, and sets keys of `[Service]`. As with
    /// [`drop_in`](Self::drop_in), lists grow, and a key that is there once gets the new value,
    /// whatever the service itself says.
    ///
    /// A name of the machine's own units is refused. Nobody knows before the machine runs which others
    /// it has: where there is no such service, the settings do nothing. A feature says this once.
    #[track_caller]
    pub fn add_to_services<M: Map>(
        &mut self,
        over: impl Borrow<Expr<M>>,
        body: impl FnOnce(DropIn<'_>, Expr<M::Value>),
    ) {
        let place = here();
        self.each(over, |system, name, value| {
            let unit = system.unit::<kinds::Existing>(UnitKind::Service, name.into_text());
            // Where the author says it, which no closure knows.
            unit.model.place = place;
            body(unit.into_drop_in(), value);
        });
    }
}
