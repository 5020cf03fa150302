import CYAML

/// Builds JSON trees from libyaml's events; used by one call of `YAMLReader.parse` and closed by it.
struct YAMLComposer {
    /// What an alias stands for.
    private struct Anchor {
        let value: JSONValue
        let size: Int
    }

    /// One event, copied out of libyaml's memory.
    private struct Event {
        var type: yaml_event_type_t
        var position: SourcePosition
        var text = ""
        var anchor: String?
        var tag: String?
        var isPlain = false
    }

    /// libyaml keeps pointers into the parser, so it must not move: it lives on the heap until `close`.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let options: YAMLReader.Options
    private var anchors: [String: Anchor] = [:]
    private var positions: [JSONPointer: SourcePosition] = [:]
    private var path: [String] = []
    private var values = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, options: YAMLReader.Options) throws(DocumentError) {
        parser = .allocate(capacity: 1)
        self.options = options
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw DocumentError(.tooLarge, "out of memory while preparing the YAML parser")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    /// Frees the parser; call exactly once.
    func close() {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Reads the whole stream.
    mutating func documents() throws(DocumentError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            let event = try next()
            switch event.type {
            case YAML_STREAM_END_EVENT: return documents
            case YAML_DOCUMENT_START_EVENT:
                anchors = [:]
                positions = [:]
                values = 0
                let first = try next()
                let value = try compose(first, depth: 0).value
                documents.append(YAMLDocument(value: value, start: first.position, positions: positions))
            default: continue
            }
        }
    }

    // MARK: - Nodes

    private mutating func compose(_ event: Event, depth: Int) throws(DocumentError) -> Anchor {
        guard depth <= options.maximumDepth else {
            throw DocumentError(
                .tooDeep, "values are nested more than \(options.maximumDepth) levels deep", position: event.position)
        }
        positions[JSONPointer(tokens: path)] = event.position
        let node: Anchor
        switch event.type {
        case YAML_SCALAR_EVENT:
            node = Anchor(value: try scalar(event), size: 1)
        case YAML_SEQUENCE_START_EVENT:
            node = try sequence(depth: depth)
        case YAML_MAPPING_START_EVENT:
            node = try mapping(event, depth: depth)
        case YAML_ALIAS_EVENT:
            guard let anchored = anchors[event.text] else {
                throw DocumentError(.syntax, "the alias \"\(event.text)\" has no anchor", position: event.position)
            }
            try count(anchored.size, at: event.position)
            return anchored
        default:
            throw DocumentError(.syntax, "unexpected end of a YAML value", position: event.position)
        }
        try count(1, at: event.position)
        if let name = event.anchor { anchors[name] = node }
        return node
    }

    private mutating func sequence(depth: Int) throws(DocumentError) -> Anchor {
        var elements: [JSONValue] = []
        var size = 1
        while true {
            let event = try next()
            if event.type == YAML_SEQUENCE_END_EVENT { return Anchor(value: .array(elements), size: size) }
            path.append(String(elements.count))
            let element = try compose(event, depth: depth + 1)
            path.removeLast()
            elements.append(element.value)
            size += element.size
        }
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(DocumentError) -> Anchor {
        var object = JSONObject()
        var merged: [JSONObject] = []
        var size = 1
        while true {
            let event = try next()
            if event.type == YAML_MAPPING_END_EVENT { break }
            let key = try self.key(event)
            path.append(key)
            let member = try compose(next(), depth: depth + 1)
            path.removeLast()
            size += member.size
            if key == "<<", event.isPlain {
                merged += try mergeSources(member.value, at: event.position)
            } else if !object.insert(key: key, value: member.value) {
                throw DocumentError(.duplicateKey, "duplicate key \"\(key)\"", position: event.position)
            }
        }
        // A merge key gives only the keys that the mapping itself does not name; the first source wins.
        for source in merged {
            for (key, value) in source { _ = object.insert(key: key, value: value) }
        }
        return Anchor(value: .object(object), size: size)
    }

    private func key(_ event: Event) throws(DocumentError) -> String {
        switch event.type {
        case YAML_SCALAR_EVENT: return event.text
        case YAML_ALIAS_EVENT:
            guard let text = anchors[event.text]?.value.stringValue else {
                throw DocumentError(.syntax, "a key must be a string", position: event.position)
            }
            return text
        default: throw DocumentError(.syntax, "a key must be a scalar, not a collection", position: event.position)
        }
    }

    private func mergeSources(_ value: JSONValue, at position: SourcePosition) throws(DocumentError) -> [JSONObject] {
        let sources = value.arrayValue ?? [value]
        var objects: [JSONObject] = []
        for source in sources {
            guard let object = source.objectValue else {
                throw DocumentError(.syntax, "a merge key needs a mapping or a list of mappings", position: position)
            }
            objects.append(object)
        }
        return objects
    }

    private mutating func count(_ size: Int, at position: SourcePosition) throws(DocumentError) {
        values += size
        guard values <= options.maximumValues else {
            throw DocumentError(
                .tooLarge, "the document expands to more than \(options.maximumValues) values", position: position)
        }
    }

    private func scalar(_ event: Event) throws(DocumentError) -> JSONValue {
        do {
            return try YAMLScalar.resolve(event.text, tag: event.tag, isPlain: event.isPlain, schema: options.schema)
        } catch {
            throw DocumentError(error.code, error.message, position: event.position)
        }
    }

    // MARK: - Events

    private func next() throws(DocumentError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw failure() }
        defer { yaml_event_delete(&raw) }
        var event = Event(type: raw.type, position: Self.position(raw.start_mark))
        switch raw.type {
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            event.text = String(decoding: bytes, as: UTF8.self)
            event.anchor = Self.string(scalar.anchor)
            event.tag = Self.string(scalar.tag)
            event.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        case YAML_SEQUENCE_START_EVENT:
            event.anchor = Self.string(raw.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT:
            event.anchor = Self.string(raw.data.mapping_start.anchor)
        case YAML_ALIAS_EVENT:
            event.text = Self.string(raw.data.alias.anchor) ?? ""
        default: break
        }
        return event
    }

    private func failure() -> DocumentError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "unreadable YAML"
        let message = state.context.map { "\(problem) \(String(cString: $0))" } ?? problem
        let code: DocumentError.Code = state.error == YAML_READER_ERROR ? .invalidText : .syntax
        let position = state.error == YAML_READER_ERROR ? nil : Self.position(state.problem_mark)
        return DocumentError(code, message, position: position)
    }

    private static func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
