"""Plans: how many calls an organization has, and the usage key by which API Gateway counts them."""
