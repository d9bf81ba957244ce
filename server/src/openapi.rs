//! The OpenAPI document. It is committed; the tests generate it and compare.
//!
//! This way the generator, `utoipa`, is a dependency of the tests only, and building the server does not compile it.

/// The OpenAPI document of [`router`](crate::router()), as JSON.
pub const OPENAPI: &str = include_str!("../openapi.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use utoipa::OpenApi;
    use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
    use utoipa::openapi::{Content, Ref, RefOr, Response};

    use super::OPENAPI;
    use crate::protocol::table::TABLES;
    use crate::router::{Described, ENDPOINTS};
    use crate::wire::MAX_SAFE_INTEGER;

    /// What the attributes call `\S`, in the sense of `str::trim`: regular expressions do not agree on which characters are
    /// blank.
    const NOT_BLANK: &str = r"[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";

    /// The document that the attributes of the endpoints give, with what is the same for all of them: endpoints need a
    /// credential if they say nothing else, bodies have a limit, and every error has the same body.
    fn made() -> String {
        let mut document = Described::openapi();
        let operations =
            document.paths.paths.values_mut().flat_map(|path| {
                [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
            });
        for operation in operations {
            let responses = &mut operation.responses.responses;
            operation.security.get_or_insert_with(|| {
                let response = Response::new("No valid credential");
                responses.insert("401".into(), RefOr::T(response));
                vec![SecurityRequirement::new("bearer", [""; 0])]
            });
            if operation.request_body.is_some() {
                let too_large = || RefOr::T(Response::new("A body of more than 4 MiB, unless configured otherwise"));
                responses.entry("413".into()).or_insert_with(too_large);
            }
            for (status, response) in responses {
                if let RefOr::T(response) = response
                    && status.starts_with('4')
                {
                    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
                    response.content.insert("application/json".into(), RefOr::T(body));
                }
            }
        }
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let json = document.to_pretty_json().unwrap() + "\n";
        json.replace(r#""pattern": "\\S""#, &format!(r#""pattern": {}"#, Value::from(NOT_BLANK)))
    }

    #[test]
    fn the_committed_document_is_up_to_date() {
        let made = made();
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
        } else {
            assert!(OPENAPI == made, "server/openapi.json is out of date: INSTA_UPDATE=always cargo test writes it");
        }
    }

    #[test]
    fn it_describes_the_endpoints_that_are_served_and_no_others() {
        let document: Value = serde_json::from_str(&made()).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            described.extend(methods.as_object().unwrap().keys().map(|method| (path.as_str(), method.as_str())));
        }
        assert_eq!(described, ENDPOINTS.iter().copied().collect());
        assert_eq!(described.len(), 16);
    }

    /// What the server refuses, clients have to be able to read here. Found by Schemathesis (planning/peer.md).
    #[test]
    fn the_bounds_of_what_is_sent_are_described() {
        let document: Value = serde_json::from_str(&made()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let sent =
            schemas.iter().filter(|(name, _)| name.ends_with("Request") || ["PushOp", "Stamp"].contains(&&***name));
        for (name, schema) in sent {
            for (property, schema) in schema["properties"].as_object().unwrap() {
                let maximum = schema["maximum"].as_u64();
                let is_bounded = maximum.is_some_and(|maximum| maximum <= MAX_SAFE_INTEGER);
                assert!(schema["type"] != "integer" || is_bounded, "{name}.{property}: {schema}");
            }
        }
        for (name, property) in [
            ("ActivateRequest", "id"),
            ("CreateWorkspaceRequest", "name"),
            ("RenameWorkspaceRequest", "name"),
            ("Scope", "workspaceId"),
            ("Stamp", "deviceId"),
            ("UpdateCursorRequest", "deviceId"),
        ] {
            let schema = &schemas[name]["properties"][property];
            assert_eq!(schema["pattern"], NOT_BLANK, "{name}.{property}");
            assert_eq!(schema["minLength"], 1, "{name}.{property}");
        }
        // A payload that is no object has the right shape: it is refused for its op, under 200.
        assert_eq!(schemas["PushOp"]["properties"]["payload"].get("type"), None);
        // Every body has a limit.
        let operations = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
        for (method, operation) in operations.filter(|(_, operation)| operation.get("requestBody").is_some()) {
            assert!(operation["responses"].get("413").is_some(), "{method} {}", operation["operationId"]);
        }
        let tables: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(schemas["TableName"]["enum"], serde_json::json!(tables));
    }

    /// The names in the document come from other attributes than those in the responses, and must not differ from them.
    #[test]
    fn every_property_is_in_camel_case() {
        fn check(value: &Value) {
            if let Some(properties) = value.get("properties").and_then(Value::as_object) {
                assert!(properties.keys().all(|name| !name.contains('_')), "{properties:?}");
            }
            match value {
                Value::Object(members) => members.values().for_each(check),
                Value::Array(elements) => elements.iter().for_each(check),
                _ => {}
            }
        }
        check(&serde_json::from_str(&made()).unwrap());
    }
}
