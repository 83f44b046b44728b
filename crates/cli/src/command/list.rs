use domi_model::TestBody;
use serde_json::json;

use crate::Exit;
use crate::args::List;
use crate::context::Context;
use crate::failure::Result;

/// Lists the features.
pub(crate) fn run(context: &Context, arguments: &List) -> Result<Exit> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &[])?;
    if arguments.json {
        let features: Vec<_> = loaded
            .features
            .iter()
            .map(|feature| {
                json!({
                    "feature": feature.manifest.feature,
                    "crate": feature.folder,
                    "tests": feature.manifest.tests.iter().map(|t| &t.name).collect::<Vec<_>>(),
                })
            })
            .collect();
        println!("{:#}", json!({ "features": features, "problems": loaded.errors }));
    } else {
        let width = loaded.features.iter().map(|f| f.manifest.feature.name.len()).max();
        for feature in &loaded.features {
            let about = &feature.manifest.feature;
            let machine = |body: &TestBody| matches!(body, TestBody::Run(_));
            let machines = feature.manifest.tests.iter().filter(|t| machine(&t.body)).count();
            let tests = match feature.manifest.tests.len() {
                1 => "1 test ".to_owned(),
                tests => format!("{tests} tests"),
            };
            println!(
                "{:width$}  {:4}  {tests:>8}, {machines} in machines  {}",
                about.name,
                format!("{:?}", about.maturity).to_lowercase(),
                about.summary,
                width = width.unwrap_or_default(),
            );
        }
    }
    if loaded.errors.is_empty() {
        return Ok(Exit::Pass);
    }
    Err(context.problems(Exit::Feature, loaded.errors))
}
