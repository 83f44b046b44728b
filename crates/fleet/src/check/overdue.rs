//! What was to be done before a day.

use domi_model::Problem;

use crate::codes::OVERDUE;
use crate::time::{DAY, Date};
use crate::{About, Fleet, Secret};

/// Secrets that were to be changed before a day, and accounts and relationships that have ended.
pub(super) fn overdue(fleet: &Fleet, today: Date) -> Vec<Problem> {
    let secrets = fleet.secrets.values().filter(|it| it.about.is_current());
    let accounts = fleet.accounts.values().filter(|it| it.about.is_current());
    let secrets = secrets.filter_map(|it| unchanged(it, today));
    let accounts = accounts.filter_map(|it| ended(&it.about, "ends", it.ends, today));
    let relationships = fleet.relationships.values().filter(|it| it.about.is_current());
    let relationships = relationships.filter_map(|it| ended(&it.about, "until", it.until, today));
    secrets.chain(accounts).chain(relationships).collect()
}

fn unchanged(secret: &Secret, today: Date) -> Option<Problem> {
    let ((rotate, _), (rotated, line)) = (secret.rotate?, secret.rotated?);
    let days = i64::try_from(rotate / DAY).ok()?;
    let until = rotated.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    (until < today).then(|| {
        let message = format!("was to be changed by {until}");
        let problem = Problem::warning(OVERDUE, "rotated", message);
        let next = "change the secret, then write the day on which that was";
        problem.at(secret.about.at(line)).next(next)
    })
}

fn ended(about: &About, key: &str, last: Option<(Date, u32)>, today: Date) -> Option<Problem> {
    let (ends, line) = last?;
    (ends < today).then(|| {
        let problem = Problem::warning(OVERDUE, key, format!("has ended on {ends}"));
        let next = "write `status = \"retired\"`, or the day until which it was prolonged";
        problem.at(about.at(line)).next(next)
    })
}
