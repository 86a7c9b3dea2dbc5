-- Milliseconds of the server's clock. A simulator puts its own file in this one's place.
local function server_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
