import Cryptography

/// MTH(D[n]) of RFC 9162 §2.1.1, word for word: the recursion, and nothing that the log uses but the hash.
func merkleTreeHash(_ records: ArraySlice<[UInt8]>) -> Digest {
  guard let first = records.first else { return SHA256.hash([]) }
  if records.count == 1 { return SHA256.hash([0] + first) }
  var k = 1
  while k * 2 < records.count { k *= 2 }
  let middle = records.startIndex + k
  return SHA256.hash([1] + merkleTreeHash(records[..<middle]).bytes + merkleTreeHash(records[middle...]).bytes)
}
