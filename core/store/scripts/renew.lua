-- Longer leases. Answers one number for each: 1 held, 2 held and to be stopped, else as not_mine.
local out = {}
even_when_full()
save_clock_at_work()
for i, lease in ipairs(A.leases) do
  local pool, line, turn, fence = unpack(lease)
  if mine(line, turn, fence) then
    call('ZADD', P .. 'ready:' .. pool, now + A.lease_ms, line)
    out[i] = call('HEXISTS', P .. 't:' .. turn, 'stop') == 1 and 2 or 1
  else
    out[i] = not_mine(line, turn, fence)
  end
end
return out
