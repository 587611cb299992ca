from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0014_people_by_part_of_name")]

    operations = [
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                fields=["community", "role", "user"],
                condition=models.Q(role__gt=0),
                name="members_by_role",
            ),
        ),
    ]
