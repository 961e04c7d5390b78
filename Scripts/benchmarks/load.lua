-- What wrk sends. MODE verify: a GET with one secret after another; create: a POST that makes a key; plain: a GET.
local requests, place, mode = {}, 0, "plain"

function init(arguments)
  mode = arguments[1] or "plain"
  if mode == "create" then
    local token = io.open(arguments[2]):read("l")
    local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
    local body = '{"name":"nightly export","scope":["coupons:read","customers:write"]}'
    requests[1] = wrk.format("POST", nil, headers, body)
  elseif mode == "verify" then
    for secret in io.lines(arguments[2]) do
      requests[#requests + 1] = wrk.format("GET", nil, { ["X-API-Key"] = secret })
    end
    -- Each key as likely as any other, so that no cache holds what is asked.
    math.randomseed(7)
    for i = #requests, 2, -1 do
      local j = math.random(i)
      requests[i], requests[j] = requests[j], requests[i]
    end
  else
    requests[1] = wrk.format("GET")
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end
