//! Every name is declared once, and every parameter and variable is used.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::source::{Source, all, children};
use crate::tidy::Findings;

/// The functions of Bicep that we call. A name that is missing here is misspelt, or new: add it.
const FUNCTIONS: &[&str] = &[
    "cidrSubnet",
    "concat",
    "contains",
    "empty",
    "environment",
    "filter",
    "flatten",
    "guid",
    "indexOf",
    "items",
    "map",
    "readEnvironmentVariable",
    "reduce",
    "replace",
    "resourceGroup",
    "resourceId",
    "split",
    "string",
    "subscription",
    "subscriptionResourceId",
    "take",
    "tenant",
    "toLower",
    "toObject",
    "union",
    "uniqueString",
];

/// What stands before a declaration.
const DECORATORS: &[&str] = &[
    "allowed",
    "batchSize",
    "description",
    "maxLength",
    "maxValue",
    "minLength",
    "minValue",
    "secure",
];

pub(super) fn check(source: &Source) -> Findings {
    let mut findings = Findings::new();
    let mut declared = BTreeSet::new();
    for declaration in source.declarations() {
        if !declared.insert(declaration.name) {
            let what = format!("{} is declared twice", declaration.name);
            findings.push(source.at(declaration.node, &what));
        }
    }
    let local = locals(source);
    let mut used = BTreeSet::new();
    for node in all(source.root()) {
        if node.kind() != "identifier" || is_own_name(node) {
            continue;
        }
        let name = source.text(node);
        used.insert(name);
        let known = declared.contains(name) || local.contains(name) || FUNCTIONS.contains(&name);
        let decorates = is_decorator(node) && DECORATORS.contains(&name);
        if !known && !decorates {
            findings.push(source.at(node, &format!("{name} is not declared")));
        }
    }
    // What a parameter file sets is used by the template.
    if !source.is_parameters {
        findings.extend(unused(source, &used));
    }
    findings
}

fn unused(source: &Source, used: &BTreeSet<&str>) -> Findings {
    let unused = |kind: &str, name: &str| {
        matches!(kind, "parameter_declaration" | "variable_declaration") && !used.contains(name)
    };
    let declarations = source.declarations();
    let unused = declarations
        .iter()
        .filter(|declared| unused(declared.node.kind(), declared.name));
    unused
        .map(|declared| source.at(declared.node, &format!("{} is never used", declared.name)))
        .collect()
}

/// Variables of loops and lambdas. Where they are visible is not looked at.
fn locals(source: &Source) -> BTreeSet<&str> {
    let mut local = BTreeSet::new();
    for node in all(source.root()) {
        match node.kind() {
            "loop_variable" | "loop_enumerator" => {
                local.insert(source.text(node));
            }
            "for_statement" => local.extend(first_identifier(source, node)),
            "lambda_expression" => {
                let parameters = children(node).into_iter().next();
                for part in parameters.map(all).unwrap_or_default() {
                    if part.kind() == "identifier" {
                        local.insert(source.text(part));
                    }
                }
            }
            _ => {}
        }
    }
    local
}

/// The variable of a loop that has no counter.
fn first_identifier<'s>(source: &'s Source, node: Node<'s>) -> Option<&'s str> {
    let first = children(node).into_iter().next()?;
    (first.kind() == "identifier").then(|| source.text(first))
}

fn is_own_name(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    let is_first = children(parent).first() == Some(&node);
    match parent.kind() {
        "object_property" => is_first && parent.named_child_count() > 1,
        kind => is_first && (kind.ends_with("_declaration") || kind == "user_defined_function"),
    }
}

fn is_decorator(node: Node<'_>) -> bool {
    let call = node
        .parent()
        .filter(|parent| parent.kind() == "call_expression");
    call.and_then(|call| call.parent())
        .is_some_and(|above| above.kind() == "decorator")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(text: &str) -> Findings {
        let root = Path::new("/");
        let source = Source::parse(root, Path::new("/a.bicep"), text.to_owned()).unwrap();
        assert_eq!(source.syntax_errors(), Findings::new());
        check(&source)
    }

    #[test]
    fn a_name_is_declared_once_and_used() {
        let text = "@description('x')\nparam names array\nvar twice = map(names, name => '${name}-x')\n\
                    var pairs = [for (name, index) in twice: { name: name, place: index }]\noutput o array = pairs\n";
        assert_eq!(found(text), Findings::new());
        assert_eq!(
            found("param a string\nvar b = c\nvar b = mapp(b)\noutput o string = b\n"),
            [
                "a.bicep:3:1: b is declared twice",
                "a.bicep:2:9: c is not declared",
                "a.bicep:3:9: mapp is not declared",
                "a.bicep:1:1: a is never used",
            ]
        );
    }

    #[test]
    fn what_is_no_bicep_is_found_with_its_place() {
        let text = "param a string =\nvar b = {\n".to_owned();
        let source = Source::parse(Path::new("/"), Path::new("/a.bicep"), text).unwrap();
        let errors = source.syntax_errors();
        assert!(
            errors
                .iter()
                .any(|error| error.starts_with("a.bicep:") && error.contains("syntax error")),
            "{errors:?}"
        );
    }
}
