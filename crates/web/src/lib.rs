//! The HTTP face: routes, extractors, problems, OpenAPI
