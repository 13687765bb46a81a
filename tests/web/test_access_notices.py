"""The page of a district's people (C8)."""

ACTOR = "district_data_administrator"


class TestStaff:
    def test_a_person_is_forwarded(self, as_, person):
        client = as_(ACTOR)
        user = person("msix_primary")
        assert user.full_name in client.get("/district-staff/", expect=200).text
        assert client.send(f"/district-staff/{user.id}/no-longer-needed", {"words": "left"}, expect=303)
        text = as_("state_user_administrator").get("/users/", expect=200).text
        assert "I no longer need access" in text
        assert "said by District DistrictDataAdministrator" in text
        assert "said by" in as_("state_user_administrator").get(f"/users/{user.id}", expect=200).text

    def test_what_was_typed_stays(self, as_, person):
        words = "x" * 501
        path = f"/district-staff/{person('msix_primary').id}/no-longer-needed"
        assert words in as_(ACTOR).send(path, {"words": words}, expect=422).text
        assert "Write since when" in as_(ACTOR).send(path, {"words": ""}, expect=422).text

    def test_people_elsewhere_do_not_exist(self, as_, person):
        for actor in ("msix_secondary", "vt_msix_primary", "state_data_administrator"):
            as_(ACTOR).send(f"/district-staff/{person(actor).id}/no-longer-needed", {"words": "x"}, expect=404)

    def test_other_roles_may_not(self, as_, person):
        for actor in ("msix_primary", "state_data_administrator", "state_user_administrator"):
            as_(actor).get("/district-staff/", expect=403)

    def test_it_is_in_the_menu(self, as_):
        assert "/district-staff/" in as_(ACTOR).get("/", expect=200).text
