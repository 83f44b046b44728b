//! Tests that stand beside policies, held against all policies together.

use domi_model::Problem;

use crate::access::Access;
use crate::codes::FAILED_TEST;
use crate::{Fleet, Login, Policy, Right, Standing, Trial};

pub(super) fn trials<'f>(fleet: &'f Fleet, access: &Access<'f>) -> Vec<Problem> {
    let policies = fleet.policies.values().filter(|policy| policy.about.is_current());
    let all = policies.flat_map(|policy| policy.tests.iter().map(move |trial| (policy, trial)));
    all.filter_map(|(policy, trial)| failed(fleet, access, policy, trial)).collect()
}

fn failed<'f>(
    fleet: &'f Fleet,
    access: &Access<'f>,
    policy: &Policy,
    trial: &Trial,
) -> Option<Problem> {
    let (Some(who), Some(host)) = (&trial.who, &trial.host) else {
        let key = if trial.who.is_none() { "tests.who" } else { "tests.host" };
        let next = "say who, and on which `host`";
        return trial.readable.then(|| policy.about.missing(key, trial.line, next));
    };
    let standing = Standing::of(fleet, fleet.hosts.get(&host.name)?);
    // Of ports, the firewalls are asked, as they are once features are known. A host that is retired,
    // and somebody who is not there, are said elsewhere.
    if trial.is_of_ports()
        || !trial.readable
        || fleet.person(&who.name).is_none()
        || !standing.host.about.is_current()
    {
        return None;
    }
    let logins = access.logins(&standing);
    let found = Login::best(&logins, trial);
    let may = found.map(|login| login.may);
    if may == trial.may {
        return None;
    }
    let because = found.map_or_else(String::new, |login| format!(", as `{}` says", login.because));
    let message = format!(
        "`{}` may {} on `{}`{because}; the test expects them to {}",
        who.name,
        said(may),
        host.name,
        said(trial.may)
    );
    let problem = Problem::error(FAILED_TEST, "tests", message).at(policy.about.at(trial.line));
    Some(problem.next("correct the policies, or the test if it expects the wrong thing"))
}

fn said(may: Option<Right>) -> &'static str {
    match may {
        None => "do nothing",
        Some(Right::Login) => "log in",
        Some(Right::Administer) => "administer",
    }
}
