import Document

extension MountRequest {
    /// Reads one entry of `HostConfig.Mounts`.
    init(_ reader: FieldReader) throws(RuntimeError) {
        var fields = reader
        let type = try fields.string("Type") ?? ""
        guard let kind = Kind(rawValue: type) else {
            throw RuntimeError(
                .unsupported, "\(reader.path).Type \"\(type)\" is not supported by skiff; use bind, volume or tmpfs"
            )
        }
        self.init(
            kind: kind,
            source: try fields.string("Source") ?? "",
            target: try fields.string("Target") ?? "",
            readOnly: try fields.bool("ReadOnly") ?? false
        )
        _ = try fields.string("Consistency")
        var bind = try fields.object("BindOptions")
        propagation = try bind.string("Propagation") ?? ""
        createSource = try bind.bool("CreateMountpoint") ?? false
        nonRecursive = try bind.bool("NonRecursive") ?? false
        try bind.finish()
        var volume = try fields.object("VolumeOptions")
        noCopy = try volume.bool("NoCopy") ?? false
        volumeLabels = try volume.stringMap("Labels")
        var driver = try volume.object("DriverConfig")
        let driverName = try driver.string("Name") ?? ""
        guard driverName.isEmpty || driverName == "local" else {
            throw RuntimeError(.unsupported, "volume driver \"\(driverName)\" is not supported by skiff; use local")
        }
        try driver.finish()
        try volume.finish()
        var memory = try fields.object("TmpfsOptions")
        tmpfsSizeBytes = try memory.integer("SizeBytes") ?? 0
        tmpfsMode = UInt32(clamping: try memory.integer("Mode") ?? 0)
        try memory.finish()
        tmpfsOptions = try fields.string("SkiffTmpfsOptions") ?? ""
        try fields.finish()
    }

    /// The entry as `HostConfig.Mounts` shows it.
    var json: JSONObject {
        var out: JSONObject = ["Type": .string(kind.rawValue)]
        if !source.isEmpty { out["Source"] = .string(source) }
        out["Target"] = .string(target)
        if readOnly { out["ReadOnly"] = true }
        var bind = JSONObject()
        if !propagation.isEmpty { bind["Propagation"] = .string(propagation) }
        if createSource { bind["CreateMountpoint"] = true }
        if nonRecursive { bind["NonRecursive"] = true }
        if !bind.isEmpty { out["BindOptions"] = .object(bind) }
        var volume = JSONObject()
        if noCopy { volume["NoCopy"] = true }
        if !volumeLabels.isEmpty { volume["Labels"] = JSONValue(map: volumeLabels) }
        if !volume.isEmpty { out["VolumeOptions"] = .object(volume) }
        var memory = JSONObject()
        if tmpfsSizeBytes != 0 { memory["SizeBytes"] = .integer(tmpfsSizeBytes) }
        if tmpfsMode != 0 { memory["Mode"] = .integer(Int64(tmpfsMode)) }
        if !memory.isEmpty { out["TmpfsOptions"] = .object(memory) }
        if !tmpfsOptions.isEmpty { out["SkiffTmpfsOptions"] = .string(tmpfsOptions) }
        return out
    }
}
