import Document

extension ExecRequest {
    /// Reads the body of `POST /containers/{id}/exec`.
    /// - Throws: `RuntimeError` as `ContainerRequest.init(json:)`.
    public init(json: JSONValue) throws(RuntimeError) {
        var fields = try FieldReader(json, path: "")
        self.init(try fields.strings("Cmd") ?? [])
        environment = try fields.strings("Env") ?? []
        workingDirectory = try fields.string("WorkingDir") ?? ""
        user = try fields.string("User") ?? ""
        tty = try fields.bool("Tty") ?? false
        privileged = try fields.bool("Privileged") ?? false
        attachStdin = try fields.bool("AttachStdin") ?? false
        attachStdout = try fields.bool("AttachStdout") ?? false
        attachStderr = try fields.bool("AttachStderr") ?? false
        // Said again, and obeyed, when the exec is started.
        for later in ["Detach", "DetachKeys"] { _ = fields.value(later) }
        if case .array(let size)? = fields.value("ConsoleSize"), size.count == 2,
            let rows = size[0].intValue, let columns = size[1].intValue
        {
            consoleSize = ConsoleSize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
        }
        try fields.finish()
    }
}
