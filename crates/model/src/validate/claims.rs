//! What a feature says that it takes for itself.

use super::Validator;
use super::directives::fixed_texts;
use crate::codes::BAD_SYSTEM;
use crate::context::Context;
use crate::{ClaimKind, names};

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
            for fault in fixed_texts(&claim.values).iter().filter_map(|it| names::path(it).err()) {
                self.add_at(BAD_SYSTEM, &subject, fault, place);
            }
        }
    }
}
