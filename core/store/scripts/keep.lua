-- How many days A.channel and its threads keep what was said: A.days becomes it first, '' takes it back, '?' only asks.
-- What is older goes at once. Answers the days, '' when they are HISTORY_DAYS.
local i = P .. 'i:' .. A.channel
if A.days ~= '?' then
  even_when_full()
  save_clock()
  if A.days == '' then call('HDEL', i, 'keep') else call('HSET', i, 'keep', A.days) end
  local ms, places = kept_ms(A.channel), call('ZRANGE', P .. 'z:' .. A.channel, 0, -1)
  places[#places + 1] = A.channel
  for _, place in ipairs(places) do
    trim(place)
    for _, turn in ipairs(call('ZRANGE', P .. 'y:' .. place, 0, -1)) do
      if call('HGET', P .. 't:' .. turn, 'st') == 'd' then call('PEXPIRE', P .. 'x:' .. turn, ms, 'LT') end
    end
  end
end
call('PEXPIRE', i, A.usage_ms)
return call('HGET', i, 'keep') or ''
