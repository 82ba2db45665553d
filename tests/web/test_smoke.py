def test_alice_signs_in(any_site):
    v = any_site.alice()
    assert v.page.heading == "Home"
    v.open("/services"); assert v.page.heading=="Services of Ortega Bakery"
