import Glibc

/// Removes a scratch file of a test, if it is there.
func removeFile(_ path: String) {
    unlink(path)
}
