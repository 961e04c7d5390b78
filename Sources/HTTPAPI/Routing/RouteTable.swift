/// Every route there is (contract §4), but for the gateways' own, which stands before all of them.
enum RouteTable {
  static let all: [Route] =
    VerificationRoutes.all + EnvironmentRoutes.all + KeyRoutes.all + KeyChangeRoutes.all + IntegrationRoutes.all
    + ClientSecurityRoutes.all + UserRoutes.all + CatalogueRoutes.all + HistoryRoutes.all + ProofRoutes.all
    + ServiceRoutes.all
}
