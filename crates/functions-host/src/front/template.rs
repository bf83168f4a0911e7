//! Route templates: literals, `{name}`, `{name?}`, `{*rest}`.

use std::cmp::Ordering;

/// A parsed `route`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter { name: String, optional: bool },
    Rest(String),
}

/// Parameters of a matched path; an optional one that is absent has no value.
pub(crate) type Parameters = Vec<(String, Option<String>)>;

impl Template {
    /// Parses a route without its prefix.
    pub(crate) fn parse(route: &str) -> Result<Self, String> {
        let texts: Vec<_> = route.split('/').filter(|text| !text.is_empty()).collect();
        let segments: Vec<_> = texts
            .iter()
            .map(|text| Segment::parse(text))
            .collect::<Result<_, _>>()?;
        let last = segments.len().saturating_sub(1);
        let misplaced = segments.iter().take(last).any(|segment| {
            matches!(
                segment,
                Segment::Rest(_) | Segment::Parameter { optional: true, .. }
            )
        });
        if misplaced {
            return Err(format!(
                "route {route:?}: only the last segment may be optional or a catch-all"
            ));
        }
        Ok(Self(segments))
    }

    /// Matches the segments of a path after the prefix, already percent-decoded.
    pub(crate) fn matches(&self, path: &[String]) -> Option<Parameters> {
        let mut parameters = Vec::new();
        let mut rest = path.iter();
        for segment in &self.0 {
            match (segment, rest.next()) {
                (Segment::Literal(text), Some(part)) if text.eq_ignore_ascii_case(part) => {}
                (Segment::Parameter { name, .. }, Some(part)) => {
                    parameters.push((name.clone(), Some(part.clone())))
                }
                (
                    Segment::Parameter {
                        name,
                        optional: true,
                    },
                    None,
                ) => parameters.push((name.clone(), None)),
                (Segment::Rest(name), part) => {
                    let parts: Vec<_> = part
                        .into_iter()
                        .chain(rest.by_ref())
                        .map(String::as_str)
                        .collect();
                    parameters.push((name.clone(), (!parts.is_empty()).then(|| parts.join("/"))));
                }
                _ => return None,
            }
        }
        rest.next().is_none().then_some(parameters)
    }

    /// More specific templates first, so that the first match is the best one.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        let rank = |template: &Self| template.0.iter().map(Segment::rank).collect::<Vec<_>>();
        rank(self).cmp(&rank(other))
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(inner) = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        else {
            return if text.contains(['{', '}']) {
                Err(format!(
                    "route segment {text:?} mixes text and parameters, which this host does not support"
                ))
            } else {
                Ok(Self::Literal(text.to_owned()))
            };
        };
        if let Some(name) = inner.strip_prefix('*') {
            return parameter_name(name.trim_start_matches('*')).map(Self::Rest);
        }
        let (name, optional) = inner
            .strip_suffix('?')
            .map_or((inner, false), |name| (name, true));
        Ok(Self::Parameter {
            name: parameter_name(name)?,
            optional,
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter {
                optional: false, ..
            } => 1,
            Self::Parameter { optional: true, .. } => 2,
            Self::Rest(_) => 3,
        }
    }
}

fn parameter_name(name: &str) -> Result<String, String> {
    if !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "route parameter {name:?}: constraints and defaults are not supported by this host"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(route: &str, path: &[&str]) -> Option<Vec<(String, Option<String>)>> {
        let path: Vec<_> = path.iter().map(|part| (*part).to_owned()).collect();
        Template::parse(route).unwrap().matches(&path)
    }

    #[test]
    fn parameters() {
        let value = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            matched("a/{x}/b", &["A", "1", "b"]),
            Some(vec![value("x", Some("1"))])
        );
        assert_eq!(matched("a/{x?}", &["a"]), Some(vec![value("x", None)]));
        assert_eq!(
            matched("{*all}", &["a", "b"]),
            Some(vec![value("all", Some("a/b"))])
        );
        assert_eq!(matched("a/{x}", &["a"]), None);
        assert_eq!(matched("a", &["a", "b"]), None);
    }

    #[test]
    fn literals_come_first() {
        let mut routes =
            ["{*all}", "a/{x?}", "a/{x}", "a/b"].map(|route| Template::parse(route).unwrap());
        routes.sort_by(Template::precedence);
        assert_eq!(
            routes,
            ["a/b", "a/{x}", "a/{x?}", "{*all}"].map(|route| Template::parse(route).unwrap())
        );
    }

    #[test]
    fn what_is_refused() {
        for wrong in ["{x:int}", "a{x}", "{x?}/b", "{*r}/b", "{}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
