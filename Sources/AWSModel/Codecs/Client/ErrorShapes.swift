/// The shapes of a service's errors, by their code on the wire or their name.
enum ErrorShapes {
    static func find(_ code: String, _ operation: Operation?, _ service: ServiceModel) -> Shape? {
        if let shape = operation?.errors.first(where: { $0.errorCode == code || $0.name == code }) { return shape }
        guard let shape = service.shape(code), shape.isException else { return nil }
        return shape
    }
}

/// The reason phrases of HTTP's status codes: the message of an error that has none of its own.
enum HTTPStatus {
    static func reason(_ status: Int) -> String {
        switch status {
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Requested Range Not Satisfiable"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: ""
        }
    }
}
