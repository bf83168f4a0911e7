//! Business Central API v2.0, sales orders: pages, single entities, delta links, limits.

mod gate;
mod query;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use uuid::Uuid;

use self::gate::Gate;
use self::query::{Query, Token};
use crate::orders::Version;
use crate::sim::Sim;

/// Entities a page may hold at most; asking for more is answered 413.
const LARGEST_PAGE: usize = 20_000;

#[derive(Debug)]
struct Api {
    sim: Arc<Sim>,
    gate: Gate,
}

/// The routes under `/api/v2.0`.
pub(crate) fn routes(sim: Arc<Sim>) -> Router {
    let api = Arc::new(Api {
        sim,
        gate: Gate::default(),
    });
    Router::new()
        .route("/api/v2.0/{company}/{entity}", get(serve))
        .with_state(api)
}

pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn serve(
    State(api): State<Arc<Api>>,
    Path((company, entity)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if !bearer.is_some_and(|value| {
        value
            .strip_prefix("Bearer ")
            .is_some_and(|token| !token.trim().is_empty())
    }) {
        return refusal(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "The credentials provided are incorrect",
        );
    }
    let _slot = match api.gate.enter(&api.sim).await {
        Ok(slot) => slot,
        Err(refused) => return *refused,
    };
    if company != format!("companies({})", api.sim.settings.company_id) {
        return refusal(
            StatusCode::NOT_FOUND,
            "BadRequest_NotFound",
            "no such company",
        );
    }
    let mut query = match Query::parse(raw.as_deref().unwrap_or_default(), &headers) {
        Ok(query) => query,
        Err(wrong) => return refusal(StatusCode::BAD_REQUEST, "BadRequest", &wrong),
    };
    if entity != "salesOrders" {
        return api.single(&entity, &query, &headers);
    }
    if query.page_size > LARGEST_PAGE {
        return refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "at most 20000 entities a page",
        );
    }
    api.collection(&mut query, &headers)
}

impl Api {
    fn context(&self, headers: &HeaderMap) -> String {
        let host = headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("127.0.0.1");
        format!(
            "http://{host}/api/v2.0/$metadata#companies({})/salesOrders",
            self.sim.settings.company_id
        )
    }

    fn address(&self, headers: &HeaderMap) -> String {
        let context = self.context(headers);
        context.replace("$metadata#", "")
    }

    fn single(&self, entity: &str, query: &Query, headers: &HeaderMap) -> Response {
        let id = entity
            .strip_prefix("salesOrders(")
            .and_then(|rest| rest.strip_suffix(')'));
        let found = id
            .and_then(|id| id.parse::<Uuid>().ok())
            .and_then(|id| self.sim.lock().orders.book.get(id));
        let Some(version) = found else {
            return refusal(
                StatusCode::NOT_FOUND,
                "BadRequest_ResourceNotFound",
                "no such sales order",
            );
        };
        let context = serde_json::Value::from(format!("{}/$entity", self.context(headers)));
        let body = entity_json(&version, query);
        ok(
            format!(r#"{{"@odata.context":{context},{}"#, &body[1..]),
            None,
        )
    }

    fn collection(&self, query: &mut Query, headers: &HeaderMap) -> Response {
        let token = query.token.take();
        match token {
            None => {
                let log = query.track.then(|| self.sim.lock().orders.book.log_end());
                self.walk(query, headers, None, log)
            }
            Some(Token::Page {
                position,
                size,
                log,
            }) => {
                query.page_size = size;
                self.walk(query, headers, Some(position), log)
            }
            Some(Token::Delta {
                run,
                from,
                to,
                offset,
                size,
            }) if run == self.run() => {
                query.page_size = size;
                self.changes(query, headers, from, to, offset)
            }
            Some(Token::Delta { .. } | Token::UnknownDelta) => refusal(
                StatusCode::GONE,
                "SyncStateNotFound",
                "the delta token is unknown or expired; start over",
            ),
        }
    }

    /// Tells delta tokens of this process from those of another.
    fn run(&self) -> u64 {
        let company = self.sim.settings.company_id.as_u64_pair().0;
        self.sim.settings.seed ^ u64::from(std::process::id()) ^ company
    }

    fn walk(
        &self,
        query: &Query,
        headers: &HeaderMap,
        after: Option<(i64, Uuid)>,
        log: Option<usize>,
    ) -> Response {
        let page = self
            .sim
            .lock()
            .orders
            .book
            .page(query.from, after, query.page_size);
        let full = page.len() == query.page_size;
        let link = match (page.last(), log) {
            (Some(last), _) if full => {
                let token = Token::Page {
                    position: (last.ticks, last.id),
                    size: query.page_size,
                    log,
                };
                Some((
                    "nextLink",
                    query.link(&self.address(headers), "$skiptoken", &token),
                ))
            }
            (_, Some(log)) => Some(("deltaLink", self.delta_link(query, headers, log, log, 0))),
            _ => None,
        };
        self.answer(query, headers, &page, link, log.is_some())
    }

    fn delta_link(
        &self,
        query: &Query,
        headers: &HeaderMap,
        from: usize,
        to: usize,
        offset: usize,
    ) -> String {
        let token = Token::Delta {
            run: self.run(),
            from,
            to,
            offset,
            size: query.page_size,
        };
        query.link(&self.address(headers), "$deltatoken", &token)
    }

    /// One page of the changes in a stretch of the log; the stretch is fixed by its first page (`to` = `from`).
    fn changes(
        &self,
        query: &Query,
        headers: &HeaderMap,
        from: usize,
        to: usize,
        offset: usize,
    ) -> Response {
        let (page, to, more) = {
            let mut inner = self.sim.lock();
            let to = if to == from {
                inner.orders.book.log_end()
            } else {
                to
            };
            let changed = inner.orders.book.changed(from, to);
            let page: Vec<_> = changed
                .iter()
                .skip(offset)
                .take(query.page_size)
                .cloned()
                .collect();
            page.iter()
                .filter(|version| !version.deleted)
                .for_each(|version| inner.orders.book.count(version));
            (page, to, offset + query.page_size < changed.len())
        };
        let link = if more {
            (
                "nextLink",
                self.delta_link(query, headers, from, to, offset + query.page_size),
            )
        } else {
            ("deltaLink", self.delta_link(query, headers, to, to, 0))
        };
        self.answer(query, headers, &page, Some(link), true)
    }

    fn answer(
        &self,
        query: &Query,
        headers: &HeaderMap,
        page: &[Arc<Version>],
        link: Option<(&str, String)>,
        tracked: bool,
    ) -> Response {
        let context = self.context(headers);
        let lines = if query.expand {
            "(salesOrderLines())"
        } else {
            ""
        };
        let delta = if tracked && query.is_delta {
            "/$delta"
        } else {
            ""
        };
        let mut body = String::with_capacity(256 + page.len() * 2_500);
        body.push_str(&format!(
            r#"{{"@odata.context":"{context}{lines}{delta}","value":["#
        ));
        for (at, version) in page.iter().enumerate() {
            if at > 0 {
                body.push(',');
            }
            if version.deleted {
                let id = version.id;
                body.push_str(&format!(r#"{{"@odata.context":"{context}/$deletedEntity","id":"{id}","reason":"deleted"}}"#));
            } else {
                body.push_str(&entity_json(version, query));
            }
        }
        body.push(']');
        if let Some((name, link)) = link {
            body.push_str(&format!(
                r#","@odata.{name}":{}"#,
                serde_json::Value::from(link)
            ));
        }
        body.push('}');
        let applied = if query.track {
            "odata.track-changes".to_owned()
        } else {
            format!("odata.maxpagesize={}", query.page_size)
        };
        ok(body, Some(applied))
    }
}

fn entity_json(version: &Version, query: &Query) -> String {
    if query.ids_only {
        return format!(
            r#"{{"@odata.etag":{},"id":"{}"}}"#,
            serde_json::Value::from(crate::order::etag(version.ticks)),
            version.id
        );
    }
    if query.expand {
        return format!(
            r#"{},"salesOrderLines":{}}}"#,
            version.header, version.lines
        );
    }
    format!("{}}}", version.header)
}

fn ok(body: String, applied: Option<String>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(
            "application/json; odata.metadata=minimal; odata.streaming=true",
        ),
    );
    headers.insert("odata-version", header::HeaderValue::from_static("4.0"));
    if let Some(applied) = applied.and_then(|text| header::HeaderValue::from_str(&text).ok()) {
        headers.insert("preference-applied", applied);
    }
    response
}
