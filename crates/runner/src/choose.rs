//! Which backend runs a test, and why that one: by default the strongest that can; never another
//! than was asked for.

use domi_model::{Manifest, Platform, Problem, Test, TestBody};

use crate::beside::Beside;
use crate::kind::{BackendKind, Runs};
use crate::offer::{Offer, Refused, Wanted};
use crate::previous;
use crate::selection::Selection;

/// What was chosen, and why.
pub(crate) struct Choice {
    pub(crate) kind: BackendKind,
    /// In a few words that can stand in brackets.
    pub(crate) brief: String,
    /// In full.
    pub(crate) why: String,
}

impl Choice {
    /// Who decides a test that settings are refused.
    pub(crate) fn of_refusal(kind: BackendKind) -> Self {
        let why = "nothing of it runs".to_owned();
        Self { kind, brief: why.clone(), why }
    }
}

/// Chooses for a test on a system, or says what stands in the way of what was asked for.
pub(crate) fn choose(
    selection: &Selection,
    manifest: &Manifest,
    test: &Test,
    system: Platform,
    beside: &[Beside],
) -> Result<Choice, Box<Problem>> {
    let wanted = wanted(selection, manifest, test, system, beside);
    match wanted.asked {
        Some(kind) => forced(selection, kind, &wanted),
        None => strongest(selection, &wanted),
    }
}

fn wanted<'a>(
    selection: &'a Selection,
    manifest: &'a Manifest,
    test: &'a Test,
    system: Platform,
    beside: &'a [Beside],
) -> Wanted<'a> {
    Wanted {
        manifest,
        previous: previous::known(&selection.previous, manifest),
        test,
        system,
        machine_systems: &selection.machine_systems,
        asked: selection.backend,
        set: &selection.set,
        beside,
        variant: selection.variant,
        only_portable: selection.only_portable(),
    }
}

fn strongest(selection: &Selection, wanted: &Wanted<'_>) -> Result<Choice, Box<Problem>> {
    let (mut offers, mut refused) = (Vec::<(bool, BackendKind, Offer)>::new(), None::<Refused>);
    // What was allowed to go first, and cannot.
    let mut held_back = None::<(BackendKind, Refused)>;
    // Who wants nothing to run says so.
    let running = selection.backends.iter().filter(|it| it.kind().row().runs != Runs::Nothing);
    for backend in running {
        match backend.offer(wanted) {
            Ok(offer) => {
                // What needs no machine gains nothing by a weaker one.
                let first = backend.goes_first() && !is_refusal(wanted);
                offers.push((first, backend.kind(), offer));
            }
            Err(why) if backend.goes_first() => held_back = Some((backend.kind(), why)),
            Err(why) => drop(refused.get_or_insert(why)),
        }
    }
    let rank = |(first, kind, offer): &(bool, BackendKind, Offer)| {
        (kind.row().runs, *first, !offer.slow, *kind)
    };
    let Some((_, kind, offer)) = offers.into_iter().max_by_key(rank) else {
        return match refused {
            Some(refused) => Err(refused.problem),
            None => {
                Ok(Choice { kind: BackendKind::PORTABLE, brief: String::new(), why: String::new() })
            }
        };
    };
    if is_refusal(wanted) && kind.for_refusals() != kind {
        // It needs no machine, whoever would run it.
        return Ok(Choice::of_refusal(kind.for_refusals()));
    }
    let Offer { mut why, mut brief, .. } = offer;
    if let (true, Some(refused)) = (why.is_empty(), refused) {
        (why, brief) = (refused.why, refused.brief);
    }
    if let Some((held, Refused { why: reason, brief: short, .. })) = held_back
        && held.row().runs == kind.row().runs
    {
        add(&mut why, &format!("not {held}: {reason}"));
        add(&mut brief, &format!("not {held}: {short}"));
    }
    Ok(Choice { kind, brief, why })
}

fn add(reasons: &mut String, reason: &str) {
    if !reasons.is_empty() {
        reasons.push_str("; ");
    }
    reasons.push_str(reason);
}

fn forced(
    selection: &Selection,
    kind: BackendKind,
    wanted: &Wanted<'_>,
) -> Result<Choice, Box<Problem>> {
    let kind = if is_refusal(wanted) { kind.for_refusals() } else { kind };
    let offer = selection.backends.get(kind).map(|backend| backend.offer(wanted));
    let offer = offer.transpose().map_err(|refused| refused.problem)?.unwrap_or_default();
    let brief = "as asked".to_owned();
    Ok(Choice { kind, why: format!("{brief}{}", offer.how), brief })
}

/// What a lane says that is to do a test beside another one: why it does, or why it cannot, as the
/// second value.
pub(crate) fn in_lane(
    selection: &Selection,
    kind: BackendKind,
    manifest: &Manifest,
    test: &Test,
    system: Platform,
    beside: &[Beside],
) -> Result<(Choice, Option<String>), Box<Problem>> {
    let wanted = Wanted { asked: None, ..wanted(selection, manifest, test, system, beside) };
    let offer = selection.backends.get(kind).map(|backend| backend.offer(&wanted));
    let (how, refused) = match offer.transpose() {
        Ok(offer) => (offer.unwrap_or_default().how, None),
        // Nothing would be compared at all.
        Err(Refused { none_here: true, problem, .. }) => return Err(problem),
        Err(refused) => (String::new(), Some(refused.why)),
    };
    let brief = "to be compared".to_owned();
    Ok((Choice { kind, why: format!("{brief}{how}"), brief }, refused))
}

fn is_refusal(wanted: &Wanted<'_>) -> bool {
    matches!(wanted.test.body, TestBody::Refuse(_))
}
