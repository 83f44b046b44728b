//! Questions that files of a fleet keep: listed, asked by name, and compared with their answers.

use crate::workspace::Workspace;

const FILE: &str = "fleet/domain/procedures/queries/who-is-alone.toml";

/// Two people in a unit of one organisation, and a question about them.
fn with_question(more: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    let write = |path: &str, text: &str| workspace.write(&format!("fleet/{path}"), text);
    write("domain/organizations/bakery.toml", "responsible = 'ada'\n");
    write("domain/people/ada.toml", "units = ['bakery']\n");
    write("domain/people/cem.toml", "units = ['bakery']\n");
    ask(
        &workspace,
        "SELECT ?who WHERE { ?who domi:memberOf organisation:bakery } ORDER BY ?who",
        more,
    );
    workspace
}

fn ask(workspace: &Workspace, query: &str, more: &str) {
    workspace.write(FILE, &format!("asks = 'Who is there?'\n{more}\nquery = '{query}'\n"));
}

#[track_caller]
fn check(workspace: &Workspace, words: &str, says: &[&str]) {
    let said = workspace.run(words);
    for expected in says {
        assert!(said.contains(expected), "nothing says {expected}:\n{said}");
    }
}

#[test]
fn a_question_of_the_fleet_is_listed_and_asked_by_its_name() {
    let workspace = with_question("");
    check(&workspace, "fleet check", &["1 question: no problems", "exit 0"]);
    check(&workspace, "fleet ask", &["who-may-log-in", "who-is-alone ", "Who is there?"]);
    check(&workspace, "fleet ask --json", &["\"file\": \"fleet/domain/procedures/queries/"]);
    check(&workspace, "fleet ask who-is-alone", &["WHO\nperson/ada\nperson/cem\n", "exit 0"]);
    check(&workspace, "fleet ask who-is-alone --show", &["SELECT ?who WHERE"]);
    check(&workspace, "fleet ask who-is-alon", &["D2083", "exit 2"]);
}

#[test]
fn an_answer_that_is_expected_is_compared_by_check() {
    let workspace = with_question("answer = [['person/cem'], ['person/ada']]");
    check(&workspace, "fleet check", &["no problems", "exit 0"]);
    workspace.write("fleet/domain/people/eve.toml", "units = ['bakery']\n");
    let place = format!("{FILE}:2");
    let more = ["error[D2108]", "the answer has (person/eve) as well", &place];
    check(&workspace, "fleet check", &more);
    // What else is wrong is said alone.
    workspace.write("fleet/domain/people/eve.toml", "units = ['bakery', 'x']\n");
    let said = workspace.run("fleet check");
    assert!(said.contains("D2008") && !said.contains("D2108"), "{said}");
    let yes = with_question("answer = true");
    check(&yes, "fleet check", &["D2108", "the answer is not yes or no"]);
    ask(&yes, "ASK { person:ada a domi:Agent }", "answer = true");
    check(&yes, "fleet check", &["D2108", "the answer is no"]);
    ask(&yes, "ASK { person:ada a domi:Person }", "answer = true");
    check(&yes, "fleet check", &["no problems"]);
}

#[test]
fn a_query_that_cannot_be_read_and_a_name_that_is_taken_are_said() {
    let workspace = with_question("");
    ask(&workspace, "SELECT ?who WHERE { ?who domi:memberOf }", "answer = true");
    let place = format!("{FILE}:3");
    check(&workspace, "fleet check", &["error[D2080]: who-is-alone", &place]);
    workspace.write(FILE, "asks = ''\nquery = ' '\nanswer = true\n");
    let empty = ["D2004", "asks: is not there", "query: is not there"];
    check(&workspace, "fleet check", &empty);
    workspace.write(FILE, "answer = 5\n");
    check(
        &workspace,
        "fleet check",
        &["D2003", "D2004", "asks: is not there", "query: is not there"],
    );
    std::fs::remove_file(workspace.root.join(FILE)).unwrap();
    let taken = FILE.replace("who-is-alone", "who-needs-it");
    workspace.write(&taken, "asks = 'Who?'\nquery = 'ASK { ?a ?b ?c }'\n");
    check(&workspace, "fleet check", &["error[D2107]: who-needs-it", &taken]);
}
