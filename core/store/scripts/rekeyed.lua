-- All is sealed with A.newest: older keys are not needed any more. Answers 0 when a process has begun to seal with another.
local meta = P .. 'meta'
if call('HGET', meta, 'history') ~= A.newest then return 0 end
for _, field in ipairs(call('HKEYS', meta)) do
  if string.sub(field, 1, 6) == 'until:' then call('HDEL', meta, field) end
end
return 1
