-- Whom the processes of each platform in A.homes serve, for A.ms. Answers a platform where they serve somebody else, or ''.
local taken = ''
for platform, home in pairs(A.homes) do
  local key = P .. 'home:' .. platform
  local is_free = (call('GET', key) or home) == home
  if is_free then call('SET', key, home, 'PX', A.ms) else taken = platform end
end
return taken
