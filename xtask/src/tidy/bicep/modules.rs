//! What a module is called with is what it asks for, and what is read of it is what it gives.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use tree_sitter::Node;

use super::source::{Declaration, Source, all, children};
use crate::tidy::Findings;

pub(super) fn check(path: &Path, source: &Source, sources: &BTreeMap<PathBuf, Source>) -> Findings {
    let mut findings = Findings::new();
    let mut called = BTreeMap::new();
    for declaration in source.declarations() {
        if declaration.node.kind() != "module_declaration" {
            continue;
        }
        let Some(file) = file_of(source, declaration) else {
            continue;
        };
        let folder = path.parent().unwrap_or(path);
        match sources.get(&folder.join(&file)) {
            None => findings.push(source.at(declaration.node, &format!("there is no {file}"))),
            Some(module) => {
                findings.extend(parameters(source, declaration, &file, module));
                called.insert(declaration.name, module);
            }
        }
    }
    findings.extend(outputs(source, &called));
    findings
}

fn file_of(source: &Source, module: Declaration<'_>) -> Option<String> {
    let strings = children(module.node)
        .into_iter()
        .filter(|child| child.kind() == "string");
    strings.into_iter().find_map(|file| source.string(file))
}

/// Parameters that are missing, and those that the module does not have.
fn parameters(source: &Source, call: Declaration<'_>, file: &str, module: &Source) -> Findings {
    let given = match body(call.node).map(|body| source.properties(body)) {
        Some(properties) => properties.into_iter().find(|(name, _)| name == "params"),
        None => None,
    };
    let given = given.map_or_else(Vec::new, |(_, object)| source.properties(object));
    let asked: Vec<_> = module
        .declarations()
        .into_iter()
        .filter(|declared| declared.node.kind() == "parameter_declaration")
        .collect();
    let unknown = given
        .iter()
        .filter(|(name, _)| !asked.iter().any(|asked| asked.name == name))
        .map(|(name, value)| source.at(*value, &format!("{file} has no parameter {name}")));
    let missing = asked
        .iter()
        .filter(|asked| !has_default(module, asked.node))
        .filter(|asked| !given.iter().any(|(name, _)| name == asked.name))
        .map(|asked| {
            source.at(
                call.node,
                &format!("{file} needs the parameter {}", asked.name),
            )
        });
    unknown.chain(missing).collect()
}

/// `param name type` has two parts, one with a default three. A type that ends with `?` needs no value either.
fn has_default(module: &Source, parameter: Node<'_>) -> bool {
    let parts = children(parameter);
    parts.len() > 2
        || parts
            .get(1)
            .is_some_and(|kind| module.text(*kind).ends_with('?'))
}

/// The object of a module, behind its loop and its condition.
fn body(node: Node<'_>) -> Option<Node<'_>> {
    let last = children(node).into_iter().last()?;
    match last.kind() {
        "object" => Some(last),
        "for_statement" | "if_statement" => body(last),
        _ => None,
    }
}

/// `module.outputs.name` and `module[index].outputs.name` that the module does not give.
fn outputs(source: &Source, called: &BTreeMap<&str, &Source>) -> Findings {
    let mut findings = Findings::new();
    for node in all(source.root()) {
        let Some((module, output)) = output_read(source, node) else {
            continue;
        };
        let unknown = called
            .get(module)
            .is_some_and(|module| !module.outputs().contains(&output));
        if unknown {
            findings.push(source.at(node, &format!("the module {module} has no output {output}")));
        }
    }
    findings
}

fn output_read<'s>(source: &'s Source, node: Node<'s>) -> Option<(&'s str, &'s str)> {
    let [inner, output] = children(node).try_into().ok()?;
    let is_member = |node: Node<'_>| node.kind() == "member_expression";
    if !is_member(node) || !is_member(inner) {
        return None;
    }
    let [mut base, outputs] = children(inner).try_into().ok()?;
    if source.text(outputs) != "outputs" {
        return None;
    }
    while base.kind() != "identifier" {
        base = children(base).into_iter().next()?;
    }
    Some((source.text(base), source.text(output)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_and_its_module_agree() {
        let root = Path::new("/");
        let parse = |name: &str, text: &str| {
            let path = root.join(name);
            let source = Source::parse(root, &path, text.to_owned()).unwrap();
            (path, source)
        };
        let main = "module a 'm.bicep' = [for x in [1]: {\n  params: { one: 1, other: 2 }\n}]\n\
                    module b 'missing.bicep' = {}\n\
                    output good string = a[0].outputs.name\noutput bad string = a[0].outputs.nam\n";
        let module = "param one int\nparam two string\nparam three string = 'x'\nparam four string?\n\
                      output name string = '${one}${two}${three}${four}'\n";
        let sources: BTreeMap<_, _> = [parse("main.bicep", main), parse("m.bicep", module)].into();
        let path = root.join("main.bicep");
        assert_eq!(
            check(&path, &sources[&path], &sources),
            [
                "main.bicep:2:28: m.bicep has no parameter other",
                "main.bicep:1:1: m.bicep needs the parameter two",
                "main.bicep:4:1: there is no missing.bicep",
                "main.bicep:6:21: the module a has no output nam",
            ]
        );
    }
}
