import Glibc

/// What kind of file system a path lies on, by the kernel's list of mounts (proc_pid_mountinfo(5)).
enum FileSystem {
  enum Meaning: Equatable {
    case local
    /// Locks and syncs go across a network, and may not mean what they say.
    case network
    /// In memory.
    case passing
    /// Some program makes it up.
    case unknown
  }

  /// The kernel's name for it: "ext4". Nil where the list does not name the path's device, as with btrfs.
  static func kind(of path: String) -> String? {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { return nil }
    return kind(of: UInt64(info.st_dev), in: mounts())
  }

  /// The name that a list gives for a device.
  static func kind(of device: UInt64, in mounts: [UInt8]) -> String? {
    let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
    let minor = device & 0xFF | (device >> 12) & ~0xFF
    let wanted = Array("\(major):\(minor)".utf8)
    for line in mounts.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count > 2, fields[2].elementsEqual(wanted) else { continue }
      // A lone hyphen ends the optional fields; the kind follows.
      guard let dash = fields.firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }), dash + 1 < fields.count
      else {
        continue
      }
      return String(decoding: fields[dash + 1], as: UTF8.self)
    }
    return nil
  }

  static func meaning(of kind: String) -> Meaning {
    switch kind {
    case "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "glusterfs", "lustre", "ocfs2", "gfs2",
      "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs":
      .network
    case "tmpfs", "ramfs": .passing
    default: kind.utf8.starts(with: "fuse".utf8) && kind != "fuseblk" ? .unknown : .local
    }
  }

  /// More mounts than a machine has.
  private static let byteLimit = 1 << 20

  private static func mounts() -> [UInt8] {
    let file = unsafe open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var list: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while list.count < byteLimit {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      list += chunk.prefix(count)
    }
    return list
  }
}
