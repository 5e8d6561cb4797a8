-- Headers that belong to one connection and not to the message (RFC 9110, 7.6.1). HAProxy acts on close and keep-alive
-- itself and writes its own; what else Connection names, it would pass on.
local own = {
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
}
-- Part of the message whatever Connection says: naming them must not take them away.
local kept = { host = true, ['content-length'] = true, ['transfer-encoding'] = true, close = true }

-- Deletes them. Whether Connection named Upgrade, and to which protocol, is the answer.
local function drop(http, headers, delete)
  local connection = headers['connection']
  local upgrade = false
  if connection then
    for at = 0, #connection do
      for token in (connection[at] or ''):gmatch('[^%s,]+') do
        local name = token:lower()
        if name == 'upgrade' then upgrade = true end
        if not kept[name] then delete(http, name) end
      end
    end
  end
  for _, name in ipairs(own) do
    if headers[name] then delete(http, name) end
  end
  local protocol = upgrade and headers['upgrade'] and headers['upgrade'][0]
  return protocol and protocol:lower()
end

-- Of all protocols that a connection may change to, WebSocket is the one that goes through: HAProxy joins the two
-- connections then. Any other (h2c, say) would be a tunnel past the rules of this proxy.
core.register_action('drop_hop_by_hop', { 'http-req' }, function(txn)
  local http = txn.http
  if drop(http, http:req_get_headers(), http.req_del_header) ~= 'websocket' then return end
  http:req_set_header('connection', 'upgrade')
  http:req_set_header('upgrade', 'websocket')
end)

core.register_action('drop_hop_by_hop_answer', { 'http-res' }, function(txn)
  local http = txn.http
  local protocol = drop(http, http:res_get_headers(), http.res_del_header)
  if protocol ~= 'websocket' or txn.f:status() ~= 101 then return end
  http:res_set_header('connection', 'upgrade')
  http:res_set_header('upgrade', 'websocket')
end)
