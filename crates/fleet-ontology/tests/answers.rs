//! Questions about the example fleet have the answers that are recorded, and queries that cannot be
//! answered are refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

#[path = "../../fleet-picture/tests/fleets/mod.rs"]
#[expect(dead_code, reason = "pictures use more of it")]
mod fleets;
mod recorded;

use std::sync::Arc;
use std::time::Duration;

use domi_fleet_ontology::{Answer, Base, Dataset, QUESTIONS, Said, ask, question, vocabulary};

use self::fleets::{Known, example};
use self::recorded::Recorded;

const LIMIT: Duration = Duration::from_secs(60);

fn statements() -> Arc<Dataset> {
    said(&example())
}

fn said(known: &Known) -> Arc<Dataset> {
    let recorded = Recorded::of(&known.fleet);
    let (fleet, hosts, log) = (&known.fleet, &known.hosts, recorded.log());
    let mut all = vocabulary();
    all.extend(Said { fleet, hosts, log, base: &Base::default() }.statements().iter());
    Arc::new(all)
}

fn answered(statements: &Arc<Dataset>, query: &str) -> Answer {
    ask(statements, &Base::default(), query, LIMIT).unwrap()
}

fn table(answer: &Answer) -> String {
    let Answer::Rows { columns, rows } = answer else { panic!("{answer:?}") };
    let rows = Answer::table(columns, rows, &Base::default());
    rows.iter().map(|row| row.join(" | ") + "\n").collect()
}

fn refused(query: &str, limit: Duration) -> (String, String) {
    let problem = ask(&statements(), &Base::default(), query, limit).unwrap_err();
    assert!(!problem.next.is_empty(), "{problem}");
    (problem.code.to_string(), problem.message)
}

#[test]
fn questions_have_their_answers() {
    let statements = statements();
    for question in QUESTIONS {
        let text = table(&answered(&statements, question.query));
        insta::with_settings!({ description => question.asks }, {
            insta::assert_snapshot!(question.name, text);
        });
    }
}

#[test]
fn what_only_one_host_does_is_found() {
    let mut known = example();
    let query = question("what-is-there-only-once").unwrap().query;
    let is = |known: &Known| table(&answered(&said(known), query));
    assert_eq!(is(&known), "ROLE | HOST\n");
    known.fleet.hosts.retain(|name, _| ["counter", "ledger"].contains(&&**name));
    assert_eq!(is(&known), "ROLE | HOST\nrole/backup | host/ledger\nrole/web | host/counter\n");
}

#[test]
fn an_answer_is_narrowed_by_a_column() {
    let mut answer = answered(&statements(), question("who-may-log-in").unwrap().query);
    let base = Base::default();
    answer.only(&base, "host", "ledger").unwrap();
    answer.only(&base, "may", "administer").unwrap();
    let expected = "HOST | WHO | USER | MAY | BECAUSE\n\
                    host/ledger | person/ada | user/ada | administer | authorisation/owners-administer\n";
    assert_eq!(table(&answer), expected);
    let mut whole = answer.clone();
    whole.only(&base, "host", "host/ledger").unwrap();
    assert_eq!(table(&whole), expected);
    let problem = answer.only(&base, "hosts", "ledger").unwrap_err();
    assert_eq!(problem.code.to_string(), "D2083");
    assert!(problem.next.contains("host, who, user, may, because"));
    let mut yes = answered(&statements(), "ASK { ?host a domi:Host }");
    assert!(yes.only(&base, "host", "ledger").is_err());
}

#[test]
fn answers_are_rows_a_word_or_statements() {
    let statements = statements();
    let json = |query| answered(&statements, query).json().unwrap();
    let yes = json("ASK { host:page domi:runsOn host:cabinet }").unwrap();
    assert_eq!(yes, r#"{"head":{},"boolean":true}"#);
    let rows = json("SELECT ?host WHERE { ?host domi:runsOn ?on } ORDER BY ?host LIMIT 1").unwrap();
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let first = &rows["results"]["bindings"][0]["host"];
    assert_eq!(first["value"], "https://fleet.invalid/host/page");
    let made = answered(&statements, "CONSTRUCT { ?a domi:on ?b } WHERE { ?a domi:runsOn ?b }");
    let Answer::Statements(made) = made else { panic!("{made:?}") };
    assert_eq!(made.len(), 2);
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let (code, message) = refused("SELECT ?a WHERE { ?a domi:role }", LIMIT);
    assert!(code == "D2080" && !message.contains('\n'), "{code} {message}");
    assert_eq!(refused("DELETE WHERE { ?a ?b ?c }", LIMIT).0, "D2080", "nothing is changed");
    assert_eq!(refused("", LIMIT).0, "D2080");
    let other = "SELECT * WHERE { SERVICE <https://elsewhere.invalid/> { ?a ?b ?c } }";
    let (code, message) = refused(other, LIMIT);
    assert!(code == "D2082" && message.contains("elsewhere.invalid"), "{code} {message}");
    let endless = "SELECT (COUNT(*) AS ?all) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }";
    let (code, message) = refused(endless, Duration::from_millis(200));
    assert!(code == "D2081" && message.contains("0.2 s"), "{code} {message}");
    assert_eq!(question("who").unwrap_err().code.to_string(), "D2083");
}

#[test]
fn settings_and_keys_are_in_no_statement() {
    let known = example();
    assert!(known.fleet.people.values().any(|person| !person.keys.is_empty()));
    for quad in &*statements() {
        let text = quad.to_string();
        assert!(!text.contains("AAAA") && !text.contains("Good morning"), "{text}");
    }
}
