-- What was set for A.channel: {all, each}, windows as "calls/ms calls/ms", "none", or false for what the settings say.
-- A.kind, when it is not '', becomes A.windows first; '' takes it back.
local key = P .. 'i:' .. A.channel
if A.kind ~= '' then
  if A.windows == '' then
    call('HDEL', key, A.kind)
  else
    call('HSET', key, A.kind, A.windows)
  end
end
call('PEXPIRE', key, A.usage_ms)
return call('HMGET', key, 'all', 'each')
