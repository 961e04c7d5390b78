package import KeyLedger
import Transparency

// What leaves over HTTP speaks of the log's head, which is kept in the rollback guard before.
extension Queries {
  /// The text of the checkpoint of events 1 to the moment's (C2SP tlog-checkpoint).
  package func checkpointText(at moment: Moment) throws(Refusal) -> String {
    try checkpoint(size: moment.sequence).text()
  }
}
