package import Cryptography
package import EventLog
internal import SQLite

/// How far a build or rebuild of the views has come.
package struct RebuildProgress: Equatable, Sendable {
  /// Events done, of all that the log had when last looked at.
  package let done: UInt64
  package let total: UInt64
}

/// What a rebuild came to.
package struct RebuildReport: Equatable, Sendable {
  /// How many events the new views hold.
  package let events: UInt64
  /// The content of the new views after those events.
  package let digest: Digest
  /// The content of the old ones, as of the last event that both held; nil where there were none to compare with.
  package let previousDigest: Digest?
  /// What was wrong with the old ones that a digest does not say.
  package let previousProblem: String?
  /// Whether the old views were not what the log makes of them. Whoever reads it should ask why.
  package let drift: Bool
  /// Where a rebuild that had been killed was taken up.
  package let resumedFrom: UInt64?
}

extension Views {
  /// Builds the views again from the log, beside the ones that answer, compares the two and puts the new ones in place.
  ///
  /// In batches of at most a thousand events; killed at any of them, also by `progress` throwing, the next one goes on
  /// there. An event that can't be read stops it with its number and reason (`LogError.unreadable`), and the old views
  /// stay. A file with a damaged structure is replaced first, since nothing that is put in it would be safe.
  package func rebuild(
    from log: any EventLog, progress: (RebuildProgress) throws -> Void = { _ in }
  ) throws -> RebuildReport {
    if connection.fileHasMoved { try reopen() }
    var problem = try translated { try structureProblem() }
    if problem != nil { try startOver() }
    do {
      return try translated { try rebuildBeside(log, problem, progress) }
    } catch let error where isDamage(error) {
      problem = "\(error)"
      try startOver()
    }
    return try translated { try rebuildBeside(log, problem, progress) }
  }

  /// Fills views that hold nothing, as a rebuild does.
  func fill(from log: any EventLog, _ progress: (RebuildProgress) throws -> Void) throws {
    do {
      let build = try shadow(log, progress)
      try putInPlace(log, build.position)
    } catch is ShadowBuild.Gone {
      // Another process has done it.
    } catch is ShadowBuild.Further {
      try fill(from: log, progress)
    }
  }

  private func rebuildBeside(
    _ log: any EventLog, _ problem: String?, _ progress: (RebuildProgress) throws -> Void
  ) throws -> RebuildReport {
    do {
      var build = try shadow(log, progress)
      var report = try connection.read { try compare(build, problem) }
      if report.drift, build.restsOnOthers {
        // One of the two is wrong, and what a killed run left behind may have been tampered with as well.
        try ShadowBuild.drop(connection)
        build = try shadow(log, progress)
        report = try connection.read { try compare(build, problem) }
      }
      try putInPlace(log, build.position)
      return report
    } catch is ShadowBuild.Further {
      return try rebuildBeside(log, problem, progress)
    } catch is ShadowBuild.Gone {
      // Another process rebuilt meanwhile, and what it found it said.
      let position = try catchUp(with: log)
      return RebuildReport(
        events: position.sequence, digest: try digest(), previousDigest: nil, previousProblem: problem,
        drift: problem != nil, resumedFrom: nil)
    }
  }

  /// The letter for indexes that those in place do not use.
  private func nextGeneration() throws -> ViewsSchema.Generation {
    guard let generation = ViewsFile.generation(of: try connection.schema()) else {
      throw ViewsError.damaged("the views have lost an index")
    }
    return generation.next
  }

  /// What SQLite finds wrong with pages and rows; nil when they are whole. Empty views cost nothing.
  private func structureProblem() throws -> String? {
    do {
      let found = try connection.pragmaText("quick_check(1)")
      return found == "ok" ? nil : found
    } catch let error where isDamage(ViewsError(error)) {
      return error.description
    }
  }

  // MARK: Building

  /// The shadow tables, filled to the head and with their indexes.
  private func shadow(_ log: any EventLog, _ progress: (RebuildProgress) throws -> Void) throws -> ShadowBuild {
    while true {
      var build = try ShadowBuild(connection, ledger, try nextGeneration(), head: try log.read { try $0.head() })
      do {
        while try !build.advance(log, limits, progress) {}
        try build.finish()
        try createIndexes(build.position)
        return build
      } catch let error as NotOfThisLog {
        try ShadowBuild.drop(connection)
        guard build.restsOnOthers else { throw ViewsError.logContradictsItself(size: error.size) }
      }
    }
  }

  /// Each in a transaction of its own, since on a large log each takes seconds.
  private func createIndexes(_ position: ViewsPosition) throws {
    for text in ViewsSchema.indexes(.shadow, try nextGeneration()) {
      try connection.write {
        try ShadowBuild.expect(connection, position)
        try createIfAbsent(text)
      }
    }
  }

  private func createIfAbsent(_ text: String) throws {
    let create = "CREATE INDEX "
    precondition(text.hasPrefix(create), "an index is made")
    try connection.execute(create + "IF NOT EXISTS " + text.dropFirst(create.count))
  }

  // MARK: Comparing and putting in place

  private func compare(_ build: ShadowBuild, _ problem: String?) throws -> RebuildReport {
    try ShadowBuild.expect(connection, build.position)
    let new = try ViewsDigest.compute(connection, .shadow, asOf: build.position.sequence)
    func report(_ previous: Digest?, _ problem: String?, _ drift: Bool) -> RebuildReport {
      RebuildReport(
        events: build.position.sequence, digest: new, previousDigest: previous, previousProblem: problem, drift: drift,
        resumedFrom: build.resumedFrom)
    }
    if let problem { return report(nil, problem, true) }
    guard let old = try position() else {
      return try isEmpty() ? report(nil, nil, false) : report(nil, "their position is not of this ledger", true)
    }
    if old.sequence == 0, try holdsNoRows() { return report(nil, nil, false) }
    // As of the last event that both hold. Whatever stands in the older of the two beyond that does not belong there.
    let isBehind = old.sequence <= build.position.sequence
    let previous = try ViewsDigest.compute(connection, .live, asOf: isBehind ? nil : build.position.sequence)
    let wanted =
      old.sequence < build.position.sequence
      ? try ViewsDigest.compute(connection, .shadow, asOf: old.sequence) : new
    if old.sequence == build.position.sequence, old.root != build.position.root {
      return report(previous, "their position has another root than the log", true)
    }
    return report(previous, nil, previous != wanted)
  }

  /// One transaction: the old tables go, the new ones take their names, and what was appended meanwhile is added, so
  /// that nobody sees the views go back. Before its commit the old ones answer, after it the new ones.
  private func putInPlace(_ log: any EventLog, _ built: ViewsPosition) throws {
    try connection.write {
      try ShadowBuild.expect(connection, built)
      var position = built
      for text in ViewsSchema.indexes(.shadow, try nextGeneration()) { try createIfAbsent(text) }
      try connection.execute(ViewsSchema.swap)
      try log.read { reader in
        let head = try reader.head()
        while position.sequence < head.size { position = try apply(reader, head, after: position) }
        guard position.sequence == head.size, position.root == head.root else {
          throw NotOfThisLog(size: head.size)
        }
      }
    }
  }
}
