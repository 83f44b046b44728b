//! What was to be done before a day.

use domi_model::Problem;

use crate::codes::OVERDUE;
use crate::time::{DAY, Date};
use crate::{Account, Fleet, Secret};

/// Secrets that were to be changed before a day, and accounts that have ended.
pub(super) fn overdue(fleet: &Fleet, today: Date) -> Vec<Problem> {
    let secrets = fleet.secrets.values().filter(|it| it.about.is_current());
    let accounts = fleet.accounts.values().filter(|it| it.about.is_current());
    let secrets = secrets.filter_map(|it| unchanged(it, today));
    secrets.chain(accounts.filter_map(|it| ended(it, today))).collect()
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

fn ended(account: &Account, today: Date) -> Option<Problem> {
    let (ends, line) = account.ends?;
    (ends < today).then(|| {
        let problem = Problem::warning(OVERDUE, "ends", format!("has ended on {ends}"));
        let next = "write `status = \"retired\"`, or the day until which it was prolonged";
        problem.at(account.about.at(line)).next(next)
    })
}
