//! The fields of a manifest, and which rows of the table of effects are about each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Fields by the definition of the schema that has them, and the rows that a change of them comes to.
/// `whole`: it is compared with all that holds it. `no-effect`: a change of it is none.
const FIELDS: &str = "
Manifest: schema=no-effect feature=whole packages=software-removed,software-added,software-changed options=option-removed,option-added,option-required renamed=option-renamed,alias-removed,alias-warning removed=documentation-changed assertions=assertion-added,assertion-removed warnings=warning-changed requires=requirement-added,requirement-removed wants=wish-changed conflicts=conflict-added,conflict-removed neighbours=neighbour-added,neighbour-removed system=whole extraNix=hand-written-changed tests=tests-changed
Feature: name=feature-renamed,feature-name-removed kind=kind-changed summary=documentation-changed description=documentation-changed maturity=maturity-lowered,maturity-raised version=no-effect platforms=platform-removed,platform-added maintainers=documentation-changed formerly=feature-name-warning,feature-name-removed,option-added
FormerName: name=feature-name-removed,option-added,documentation-changed taken=feature-name-warning,feature-name-removed,option-added
Maintainer: name=whole email=whole github=whole
Package: nixpkgs=software-changed debian=software-changed debian_paths=software-changed crate=software-changed
OptionDecl: name=option-removed,option-added,option-required,option-renamed type=type-narrowed,type-widened,type-changed,read-only-narrowed,read-only-widened,read-only-changed description=documentation-changed default=default-removed,default-added,default-changed,read-only-changed defaultText=documentation-changed example=documentation-changed internal=option-internal,option-public hidden=documentation-changed readOnly=option-read-only,option-writable place=no-effect
Type: int=whole number=whole separatedStr=whole strMatching=whole enum=whole intEnum=whole path=whole listOf=whole nonEmptyListOf=whole attrsOf=whole lazyAttrsOf=whole nullOr=whole oneOf=whole coerced=whole submodule=whole attrTag=option-removed,option-added settings=whole
IntRange: min=type-narrowed,type-widened max=type-narrowed,type-widened
NumberRange: min=type-narrowed,type-widened max=type-narrowed,type-widened
Coerced: from=whole by=type-changed to=whole
Conversion: join=type-changed
Submodule: options=option-removed,option-added,option-required
Variant: name=option-removed,option-added description=documentation-changed type=whole
Settings: format=type-changed options=type-narrowed,type-widened
Renamed: from=option-renamed,alias-removed to=option-renamed silent=alias-warning
Removed: option=documentation-changed reason=documentation-changed
Assertion: condition=assertion-added,assertion-removed message=documentation-changed place=no-effect
Warning: when=warning-changed message=warning-changed place=no-effect
Neighbour: feature=requirement-added,requirement-removed,conflict-added,conflict-removed,wish-changed when=requirement-added,conflict-added,wish-changed place=no-effect
KnownFeature: kind=neighbour-changed sets=neighbour-added,neighbour-removed reads=neighbour-added,neighbour-removed place=no-effect
KnownOption: option=neighbour-added,neighbour-removed type=neighbour-changed
System: packages=command-removed,command-added units=unit-removed,unit-added etc=file-removed,file-added users=user-removed,user-added groups=group-removed,group-added tmpfiles=tmpfile-removed,tmpfile-added sysctl=sysctl-removed,sysctl-added firewall=port-removed,port-added claims=claim-removed,claim-added settings=setting-removed,setting-added nixos=nixos-removed,nixos-added
Scope: when=condition-changed,condition-dropped each=condition-changed,condition-dropped
Each: over=whole name=whole value=whole
InstalledPackage: package=command-removed,command-added,command-changed scope=whole
Unit: kind=unit-removed,unit-added name=unit-removed,unit-added aliases=unit-removed,unit-added dropIn=unit-removed,unit-added scope=whole description=documentation-changed wantedBy=start-removed,start-added relations=unit-changed unitConfig=unit-changed environment=unit-changed path=unit-changed commands=unit-changed config=account-changed,listen-changed,folder-removed,folder-added,unit-changed changes=unit-changed place=no-effect
Setting: value=whole when=whole
Changes: restartTriggers=unit-changed reloadTriggers=unit-changed ifChanged=unit-changed
Command: prefix=unit-changed argv=unit-changed when=unit-changed
EtcFile: path=file-removed,file-added content=file-changed,format-changed mode=access-changed user=access-changed group=access-changed scope=whole
Content: text=file-changed settings=whole settings.format=format-changed settings.value=file-changed
User: name=user-removed,user-added normal=user-changed uid=user-changed group=user-changed extraGroups=user-removed,user-added description=documentation-changed home=user-changed createHome=user-changed shell=user-changed scope=whole
Group: name=group-removed,group-added gid=group-changed scope=whole
TmpfilesRule: kind=tmpfile-removed,tmpfile-added path=tmpfile-removed,tmpfile-added mode=access-changed user=access-changed group=access-changed age=tmpfile-changed argument=tmpfile-changed scope=whole
Sysctl: name=sysctl-removed,sysctl-added value=sysctl-changed scope=whole
FirewallPorts: protocol=port-removed,port-added ports=port-removed,port-added scope=whole
Claim: kind=claim-removed,claim-added values=claim-removed,claim-added scope=whole place=no-effect
NeighbourSetting: feature=setting-removed,setting-added option=setting-removed,setting-added value=setting-changed priority=setting-changed when=whole place=no-effect
NixosSetting: option=nixos-removed,nixos-added value=nixos-changed priority=nixos-changed when=whole place=no-effect
Test: name=tests-changed body=tests-changed place=no-effect
Step: action=tests-changed limit=tests-changed machine=tests-changed place=no-effect
Place: file=no-effect line=no-effect
";

/// Parts of expressions and of tests. Both are always compared whole, so that a new field is never
/// overlooked.
const WHOLE: [&str; 28] = [
    "Action",
    "Arithmetic",
    "Compare",
    "Contains",
    "Expectation",
    "Expr",
    "Fold",
    "HasAttr",
    "If",
    "Join",
    "Machine",
    "MapAttrs",
    "MapList",
    "Match",
    "MatchArm",
    "NeighbourOption",
    "PackagePath",
    "Refusal",
    "Replace",
    "Run",
    "Script",
    "SettingsFile",
    "Split",
    "StringPart",
    "Switch",
    "TestBody",
    "TestFile",
    "TextFile",
];

/// Each field, as `Unit.name`, with the rows that are about it.
pub(crate) fn known() -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for line in FIELDS.lines().filter(|line| !line.is_empty()) {
        let (definition, fields) = line.split_once(": ").expect("a definition and its fields");
        for field in fields.split(' ') {
            let (field, rows) = field.split_once('=').expect("a field and its rows");
            known.insert(format!("{definition}.{field}"), rows.replace(',', " "));
        }
    }
    known
}

/// Each field that a schema has, but for what is compared whole.
pub(crate) fn of_schema(schema: &Value) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let definitions = schema["$defs"].as_object().expect("definitions");
    of_definition("Manifest", schema, &mut fields);
    for (name, definition) in definitions {
        if !WHOLE.contains(&&**name) && name != "Variable" {
            of_definition(name, definition, &mut fields);
        }
    }
    for name in WHOLE {
        assert!(definitions.contains_key(name), "{name} is gone");
    }
    fields
}

fn of_definition(prefix: &str, definition: &Value, fields: &mut BTreeSet<String>) {
    let of_object = |object: &Value| -> Vec<(String, Value)> {
        let properties = object["properties"].as_object().into_iter().flatten();
        properties.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    for (name, _) in of_object(definition) {
        fields.insert(format!("{prefix}.{name}"));
    }
    for alternative in ["oneOf", "anyOf"].iter().flat_map(|of| definition[of].as_array()).flatten()
    {
        for (name, value) in of_object(alternative) {
            fields.insert(format!("{prefix}.{name}"));
            for (inner, _) in of_object(&value) {
                fields.insert(format!("{prefix}.{name}.{inner}"));
            }
        }
    }
}

/// The ways to all values that are made of no others.
pub(crate) fn leaves(value: &Value, at: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(index.to_string());
                leaves(item, at, out);
                at.pop();
            }
        }
        Value::Object(map) => {
            for (name, item) in map {
                at.push(name.clone());
                leaves(item, at, out);
                at.pop();
            }
        }
        _ => out.push(at.clone()),
    }
}

/// A way without the places in lists: of these, some are enough.
pub(crate) fn sort(path: &[String]) -> String {
    let names = path.iter().filter(|name| name.parse::<usize>().is_err());
    names.map(|name| format!("{name}.")).collect()
}

/// Makes the value that a way leads to another one.
pub(crate) fn change(value: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else {
        *value = match &*value {
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(number) if number.is_i64() => json!(number.as_i64().map(|n| n ^ 1)),
            Value::Number(number) => json!(number.as_f64().map(|n| n / 2.0)),
            Value::Bool(old) => json!(!old),
            _ => json!("another"),
        };
        return;
    };
    let inner = match value {
        Value::Array(items) => items.get_mut(first.parse::<usize>().expect("an index")),
        Value::Object(map) => map.get_mut(first),
        _ => None,
    };
    change(inner.expect("it is there"), rest);
}
