-- Asks KeyLedger about one request, for haproxy.cfg beside this file.

local keyledger = "http://127.0.0.1:8080"
local environment = "production"
-- Milliseconds; then it is a no.
local patience = 5000

-- What it asks with, as it came: a field that came twice goes along twice.
local asked = { "x-api-key", "x-customer-id", "x-customer-token" }
-- What it answers, and the variable that takes it.
local answered = {
  ["x-key-id"] = "txn.key_id",
  ["x-key-kind"] = "txn.key_kind",
  ["x-key-environment"] = "txn.key_environment",
  ["x-key-scope"] = "txn.key_scope",
  ["x-key-expires-at"] = "txn.key_expires_at",
  ["x-customer-id"] = "txn.customer_id",
}

-- Header values are numbered from 0 when they are read, and from 1 when they are sent.
local function copy(values)
  local list = {}
  for index = 0, #values do list[index + 1] = values[index] end
  return list
end

core.register_action("keyledger", { "http-req" }, function(txn)
  local came = txn.http:req_get_headers()
  -- For the access journal.
  local headers = {
    ["x-original-method"] = { txn.sf:method() },
    ["x-original-uri"] = { txn.sf:pathq() },
  }
  for _, name in ipairs(asked) do
    if came[name] then headers[name] = copy(came[name]) end
  end
  local permission = txn:get_var("txn.resource") .. ":" .. txn:get_var("txn.access")
  local answer = core.httpclient():get({
    url = keyledger .. "/v1/authorize/" .. environment .. "/" .. permission,
    headers = headers,
    timeout = patience,
  })
  txn:set_var("txn.status", answer.status or 0)
  if answer.status ~= 204 then return end
  for name, variable in pairs(answered) do
    local value = answer.headers[name]
    if value then txn:set_var(variable, value[0]) end
  end
end)
