-- Headers that belong to one connection and not to the message (RFC 9110, 7.6.1). HAProxy acts on close and keep-alive
-- itself and writes its own; what else Connection names, it would pass on.
local own = { 'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'http2-settings' }
-- Part of the message whatever Connection says: naming them must not take them away.
local kept = { host = true, ['content-length'] = true, ['transfer-encoding'] = true, close = true }

local function drop(http, headers, delete)
  local connection = headers['connection']
  if connection then
    for at = 0, #connection do
      for token in (connection[at] or ''):gmatch('[^%s,]+') do
        local name = token:lower()
        if not kept[name] then delete(http, name) end
      end
    end
  end
  for _, name in ipairs(own) do
    if headers[name] then delete(http, name) end
  end
end

core.register_action('drop_hop_by_hop', { 'http-req' }, function(txn)
  drop(txn.http, txn.http:req_get_headers(), txn.http.req_del_header)
end)

core.register_action('drop_hop_by_hop_answer', { 'http-res' }, function(txn)
  drop(txn.http, txn.http:res_get_headers(), txn.http.res_del_header)
end)
