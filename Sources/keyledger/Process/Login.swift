import Glibc
import KeyLedger

/// The name under which whoever runs this acts when no other is given.
enum Login {
  /// The login of the effective user; `uid-N` where there is none or it holds other characters than a name may.
  static var operatorName: OperatorName {
    let uid = geteuid()
    guard let name = name(of: uid).flatMap({ OperatorName($0) }) ?? OperatorName("uid-\(uid)") else {
      preconditionFailure("a number makes a name")
    }
    return name
  }

  private static func name(of uid: uid_t) -> String? {
    var record = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard unsafe getpwuid_r(uid, &record, &buffer, buffer.count, &found) == 0, unsafe found != nil else { return nil }
    guard let name = unsafe record.pw_name else { return nil }
    return unsafe String(validatingCString: name)
  }
}
