import Foundation
import Testing

@testable import Cryptography

@Suite struct SHA256Tests {
  static let engines = SHA256Engine.allCases.filter(\.isAvailable)

  static func hash(_ bytes: [UInt8], _ engine: SHA256Engine) -> Digest {
    var hash = SHA256(engine: engine)
    hash.update(bytes)
    return hash.finalize()
  }

  @Test(arguments: engines, [("SHA256ShortMsg.rsp", 65), ("SHA256LongMsg.rsp", 64)])
  func `every NIST message has its digest`(_ engine: SHA256Engine, _ file: (name: String, count: Int)) throws {
    var run = 0
    var length = 0
    var message: [UInt8] = []
    for line in try responseLines(file.name) {
      switch line.name {
      case "Len": length = try #require(Int(String(decoding: line.value, as: UTF8.self))) / 8
      // A case of length 0 still carries `Msg = 00`.
      case "Msg": message = Array(bytes(hex: line.value).prefix(length))
      case "MD":
        try #require(message.count == length)
        #expect(Self.hash(message, engine).bytes == bytes(hex: line.value), "\(length) bytes")
        run += 1
      default: break
      }
    }
    #expect(run == file.count)
  }

  /// The Monte Carlo test of SHAVS §6.4: each of 1000 digests is of the three before it.
  @Test(arguments: engines)
  func `a hundred chains of a thousand digests reach the NIST checkpoints`(_ engine: SHA256Engine) throws {
    var run = 0
    var seed: [UInt8] = []
    for line in try responseLines("SHA256Monte.rsp") {
      switch line.name {
      case "Seed": seed = bytes(hex: line.value)
      case "MD":
        var window = seed + seed + seed
        for _ in 0..<1000 {
          let digest = Self.hash(window, engine)
          window.removeFirst(Digest.byteCount)
          digest.append(to: &window)
        }
        seed = Array(window.suffix(Digest.byteCount))
        #expect(seed == bytes(hex: line.value), "checkpoint \(run)")
        run += 1
      default: break
      }
    }
    #expect(run == 100)
  }

  @Test(arguments: engines)
  func `a message gives the same digest however it is cut`(_ engine: SHA256Engine) {
    let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for length in 0...200 {
      let whole = Self.hash(Array(message.prefix(length)), engine)
      for piece in [1, 7, 63, 64, 65, 128] {
        var hash = SHA256(engine: engine)
        for start in stride(from: 0, to: length, by: piece) {
          hash.update(Array(message[start..<min(start + piece, length)]))
        }
        #expect(hash.finalize() == whole, "\(length) bytes in pieces of \(piece)")
      }
    }
  }

  @Test func `both engines agree on every length to 300`() {
    for length in 0...300 {
      let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ length) }
      let digests = Set(Self.engines.map { Self.hash(message, $0) })
      #expect(digests.count == 1)
      #expect(digests.contains(SHA256.hash(message)))
    }
  }

  @Test(arguments: [UInt8(0), 1, 0x80, 0xff])
  func `a prefix hashes as if it stood before the bytes`(_ prefix: UInt8) throws {
    for length in 0...200 {
      let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 29) }
      #expect(SHA256.hash(prefix: prefix, message.span) == SHA256.hash([prefix] + message))
    }
    for engine in Self.engines {
      let left = SHA256.hash([prefix, 1])
      let right = SHA256.hash([prefix, 2])
      let node = SHA256.hash(prefix: prefix, left, right, engine: engine)
      #expect(node == Self.hash([prefix] + left.bytes + right.bytes, engine))
    }
  }

  @Test(arguments: SHA256Tests.engines)
  func `pairs of digests are joined as each pair alone`(_ engine: SHA256Engine) {
    for pairs in 0...40 {
      let row = (0..<2 * pairs).map { SHA256.hash([UInt8($0), 7]) }
      var joined = row
      SHA256.joinPairs(prefix: 1, &joined, engine: engine)
      #expect(joined == (0..<pairs).map { Self.hash([1] + row[2 * $0].bytes + row[2 * $0 + 1].bytes, engine) })
    }
  }
}

@Suite struct SHA256BatchTests {
  /// Lengths around every edge of a block, in orders in which either of two messages at work ends first.
  @Test(arguments: SHA256Tests.engines, 0..<8 as Range<Int>)
  func `messages together have the digests that each has alone`(_ engine: SHA256Engine, _ seed: Int) {
    var batch = SHA256Batch()
    for round in 0..<2 {
      var alone: [Digest] = []
      for number in 0..<40 {
        let length = (number * 97 + seed * 53 + round) % 321
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        batch.append(prefix: UInt8(seed), message.span)
        alone.append(SHA256Tests.hash([UInt8(seed)] + message, engine))
        #expect(batch.message(number).count == length)
        #expect((0..<length).allSatisfy { batch.message(number)[$0] == message[$0] })
        #expect(batch.digests(engine: engine) == alone, "\(number + 1) messages")
      }
      batch.removeAll()
      #expect(batch.count == 0 && batch.digests(engine: engine) == [])
    }
  }

  @Test(arguments: SHA256Tests.engines)
  func `every NIST message of whole bytes has its digest among its neighbours`(_ engine: SHA256Engine) throws {
    var batch = SHA256Batch()
    var expected: [[UInt8]] = []
    var length = 0
    for line in try responseLines("SHA256LongMsg.rsp") + responseLines("SHA256ShortMsg.rsp") {
      switch line.name {
      case "Len": length = try #require(Int(String(decoding: line.value, as: UTF8.self))) / 8
      case "Msg" where length > 0:
        let message = bytes(hex: line.value)
        batch.append(prefix: message[0], Array(message[1..<length]).span)
      case "MD" where length > 0: expected.append(bytes(hex: line.value))
      default: break
      }
    }
    #expect(expected.count == 64 + 64)
    #expect(batch.digests(engine: engine).map(\.bytes) == expected)
  }
}

@Suite struct DigestTests {
  @Test func `only 32 bytes make a digest, and come out as they went in`() throws {
    let bytes = (0..<32).map { UInt8($0 * 8 + 3) }
    let digest = try #require(Digest(bytes))
    #expect(digest.bytes == bytes)
    #expect(digest.hex == "030b131b232b333b434b535b636b737b838b939ba3abb3bbc3cbd3dbe3ebf3fb")
    #expect(Digest(bytes + [0]) == nil)
    #expect(Digest(bytes.dropLast()) == nil)
    #expect(Digest([UInt8]()) == nil)
    let row = (0..<96 as Range<UInt8>).map { $0 &* 167 }
    #expect(Digest.all(in: row.span) == [0, 32, 64].map { Digest(row[$0..<$0 + 32]) })
    #expect(Digest.all(in: [UInt8]().span).isEmpty)
  }

  @Test func `a digest differs from one with any other bit, and is ordered like its bytes`() throws {
    let zero = try #require(Digest([UInt8](repeating: 0, count: 32)))
    for bit in 0..<256 {
      var bytes = zero.bytes
      bytes[bit / 8] = 0x80 >> UInt8(bit % 8)
      let other = try #require(Digest(bytes))
      #expect(other != zero && zero < other && !(other < zero))
    }
  }
}
