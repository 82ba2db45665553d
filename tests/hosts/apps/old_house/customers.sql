SELECT id AS customer_number, company AS account_name, name AS first_name, email, password AS password_hash
FROM person WHERE NOT is_staff
