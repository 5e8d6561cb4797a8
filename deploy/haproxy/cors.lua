-- Origins that browsers may call from: CORS_ORIGINS, the same comma list as the services have. What HAProxy refuses by
-- itself is to be read by the same pages; to a page a problem without these headers is a network error.
local allowed = {}
for origin in (os.getenv('CORS_ORIGINS') or ''):gmatch('[^%s,]+') do allowed[origin] = true end

core.register_action('allow_origin', { 'http-req' }, function(txn)
  local origins = txn.http:req_get_headers()['origin']
  local origin = origins and origins[0]
  if origin and allowed[origin] and not origins[1] then txn:set_var('txn.origin', origin) end
end)
