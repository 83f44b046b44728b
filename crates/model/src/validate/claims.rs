//! What a feature says that it takes for itself.

use super::Validator;
use crate::ClaimKind;
use crate::codes::BAD_SYSTEM;
use crate::context::Context;

impl Validator<'_> {
    pub(super) fn claims(&mut self, context: &Context<'_>) {
        for claim in &self.manifest.system.claims {
            let subject = claim.label();
            let place = claim.place.as_ref();
            let inner = self.scope(&subject, place, &claim.scope, context);
            let typed = match claim.kind {
                ClaimKind::Tcp | ClaimKind::Udp => inner.expect_port_list(&claim.values),
                ClaimKind::Path => inner.expect_text_list(&claim.values),
            };
            self.typed(&subject, place, typed);
            if claim.kind != ClaimKind::Path {
                continue;
            }
            let fixed = claim.values.parts().into_iter().filter_map(crate::Expr::fixed_text);
            for path in fixed.filter(|path| !path.starts_with('/')) {
                let message = format!("{path:?} is no absolute path");
                self.add_at(BAD_SYSTEM, &subject, message, place);
            }
        }
    }
}
